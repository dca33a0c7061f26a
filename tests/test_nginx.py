"""nginx: the grammar, what a file says, and which files are nginx's at all."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obslint import engine, kinds, parse, suppress
from obslint.discover import is_nginx
from obslint.facts.nginx import Location, NginxFile
from obslint.findings import Place
from obslint.parse import Document, nginx


def read(text: str, path: str = "nginx.conf") -> tuple[NginxFile, Document]:
    (document,) = parse.load(path, dedent(text).lstrip("\n"), "nginx")
    assert document.problems == ()
    facts = kinds.extract(kinds.KINDS["nginx"], document).facts
    assert isinstance(facts, NginxFile)
    return facts, document


def written(document: Document, place: Place) -> str:
    location = document.locate(place)
    line = document.text.line(location.line)
    assert location.line == location.end_line
    return line[location.column - 1 : location.end_column - 1]


def locations(text: str) -> dict[str, Location]:
    facts, _ = read(text)
    return {location.path.text: location for server in facts.servers for location in server.locations}


# Grammar


@pytest.mark.parametrize(
    ("text", "data"),
    [
        pytest.param("a b c;", [("a", ["b", "c"])], id="words"),
        pytest.param("a;b;", [("a", []), ("b", [])], id="no white space"),
        pytest.param("a 'b c' \"d e\";", [("a", ["b c", "d e"])], id="quotes"),
        pytest.param("a 'b\\'c' \"\\\"\\\\\\t\" '\\d';", [("a", ["b'c", '"\\\t', "\\d"])], id="escapes"),
        pytest.param("a b'c\"d#e}f;", [("a", ["b'c\"d#e}f"])], id="quotes, a sharp and a brace inside a word"),
        pytest.param("a ${b}c$d${e};", [("a", ["${b}c$d${e}"])], id="variables"),
        pytest.param("a b\\ c\\;d;", [("a", ["b\\ c\\;d"])], id="escaped white space keeps its backslash"),
        pytest.param("# a { ; '\na; # b\r\nc;", [("a", []), ("c", [])], id="comments"),
        pytest.param('if ($a ~ "b") { c; }', [("if", ["($a", "~", "b", ")"])], id="a bracket behind a quote"),
        pytest.param('a "b\n;c";', [("a", ["b\n;c"])], id="a quote over lines"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_words(text: str, data: list[tuple[str, list[str]]]) -> None:
    document = nginx.load("a.conf", text)
    assert document.problems == ()
    assert [(item["name"], item["args"]) for item in document.data] == data  # type: ignore[attr-defined]


def test_blocks_nest() -> None:
    document = nginx.load("a.conf", "http { server { listen 80; } } events {}")
    assert document.data == [
        {
            "name": "http",
            "args": [],
            "block": [{"name": "server", "args": [], "block": [{"name": "listen", "args": ["80"]}]}],
        },
        {"name": "events", "args": [], "block": []},
    ]


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        pytest.param("a b\n", "no `;` ends this directive", "1:1", id="no semicolon"),
        pytest.param("a {\n b c\n}", "unexpected `}`", "3:1", id="no semicolon before a brace"),
        pytest.param("a;\n}", "unexpected `}`", "2:1", id="a brace too many"),
        pytest.param("a;\n;", "unexpected `;`", "2:1", id="a semicolon too many"),
        pytest.param("{ a; }", "unexpected `{`", "1:1", id="a block without a name"),
        pytest.param("a {\n b {\n c;\n }\n", "the block of `a` is never closed", "1:1", id="an open block"),
        pytest.param("a 'b;\n", "this quote is never closed", "1:3", id="an open quote"),
        pytest.param("a 'b'c;", "unexpected `c`", "1:6", id="no space behind a quote"),
        pytest.param("a_by_lua_block {\n x = '}'\n", "this `{` is never closed", "1:16", id="an open block of Lua"),
        pytest.param("a {" * 200, "nested deeper than 100 levels", "1:303", id="too deep"),
    ],
)
def test_what_nginx_refuses_is_one_problem_at_its_place(text: str, message: str, at: str) -> None:
    document = nginx.load("a.conf", text)
    (problem,) = document.problems
    line, column = document.text.position(problem.span.start)
    assert (problem.message, f"{line}:{column}") == (message, at)


def test_a_block_of_lua_is_passed_over() -> None:
    document = nginx.load(
        "a.conf", "content_by_lua_block {\n local a = {b = '}'} -- }\n --[[ } ]] x = [==[ }} ]==]\n}\nlisten 80;"
    )
    assert document.problems == ()
    assert [item["name"] for item in document.data] == ["content_by_lua_block", "listen"]  # type: ignore[attr-defined]


def test_each_word_has_its_place() -> None:
    text = 'server {\n  listen 80;\n  return 200 "a\\"b c";\n}\n'
    document = nginx.load("a.conf", text)
    at = (0, "block", 1)
    assert text[slice(*_span(document, (*at, "args", 0)))] == "200"
    assert text[slice(*_span(document, (*at, "args", 1)))] == '"a\\"b c"'
    assert text[slice(*_span(document, at))] == 'return 200 "a\\"b c";'
    assert text[slice(*_span(document, at, key=True))] == "return"
    assert text[slice(*_span(document, (0,), key=True))] == "server"
    inner = document.inner_span((*at, "args", 1), 2, 5)
    assert text[inner.start : inner.end] == "b c"
    escaped = document.inner_span((*at, "args", 1), 1, 2)
    assert text[escaped.start : escaped.end] == '\\"'


def _span(document: Document, at: tuple[str | int, ...], key: bool = False) -> tuple[int, int]:
    span = document.span(at, key)
    return span.start, span.end


def test_a_comment_silences_the_line_below() -> None:
    document = nginx.load("a.conf", "a '# no';\n# obslint: ignore[EXP009] known\nb; # obslint: ignore[EXP]\n")
    found = suppress.directives(document)
    assert {line: [sorted(item.selectors) for item in items] for line, items in found.items()} == {
        3: [["EXP009"], ["EXP"]]
    }


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*"ab \n;{}\"'\\$#()", "server", "location / ", "set $a $a$a;", "_by_lua_block {"])))
def test_any_text_is_read_and_every_place_lies_in_it(parts: list[str]) -> None:
    text = "".join(parts)
    (document,) = parse.load("a.conf", text, "nginx")
    facts = kinds.extract(kinds.KINDS["nginx"], document)
    assert (facts.facts is None) == bool(document.problems)
    document.comments()
    stack: list[tuple[object, tuple[str | int, ...]]] = [(document.data, ())]
    while stack:
        value, at = stack.pop()
        span = document.span(at)
        assert 0 <= span.start <= span.end <= len(text)
        if isinstance(value, list):
            stack += [(below, (*at, index)) for index, below in enumerate(value)]
        elif isinstance(value, dict):
            stack += [(below, (*at, key)) for key, below in value.items()]
        elif isinstance(value, str) and value:
            inner = document.inner_span(at, 0, len(value))
            assert span.start <= inner.start < inner.end <= span.end


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a;" * 10_000, id="many directives"),
        pytest.param("a {" * 30_000, id="many open blocks"),
        pytest.param("a{}" * 7000, id="many blocks"),
        pytest.param("server{location a{set $a b;set $c $a;}}" * 500, id="many servers"),
        pytest.param("server{" + "set $a b;" * 100 + "location /{proxy_pass $a;}" * 700 + "}", id="many locations"),
        pytest.param("server{" + "set $a $a$a;" * 2000 + "}", id="a value that doubles"),
        pytest.param("server{listen 1;set $a x;" + "set $a $a$a;" * 2000 + "}", id="a known value that doubles"),
        pytest.param(
            "server{listen 1;set $a " + "x" * 900 + ";set $b " + "$a" * 30_000 + ";}", id="a value many times over"
        ),
        pytest.param('a "' + "\\" * 60_000, id="many escapes"),
        pytest.param("a_by_lua_block {" + "[[" * 30_000, id="many open strings of Lua"),
        pytest.param("server {" + "listen a " * 10_000, id="one long line"),
        pytest.param("server {" * 10_000, id="many servers that say nothing"),
        pytest.param("map $a" + "$a" * 30_000, id="a long word"),
        pytest.param(" \t" * 50_000, id="white space"),
        pytest.param("proxy_pass " * 10_000, id="no semicolon"),
    ],
)
def test_a_long_text_is_read(text: str) -> None:
    is_nginx(text)
    (document,) = parse.load("a.conf", text, "nginx")
    kinds.recognise(document)
    assert kinds.extract(kinds.KINDS["nginx"], document).path == "a.conf"


# Which files are nginx's


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("server {\n    listen 80;\n    server_name a;\n}\n", id="a server"),
        pytest.param("server {\n    listen ${PORT};\n}\n", id="a server of a template"),
        pytest.param("server\n{\n  # c\n  server_name _;\n}", id="a brace on its own line"),
        pytest.param("server { listen 80; return 301 https://$host$request_uri; }", id="a server in one line"),
        pytest.param("events {}\nhttp {\n include a;\n server_tokens off;\n}", id="a main file"),
        pytest.param("location /api/ {\n  proxy_pass http://api:8000/;\n}\n", id="a snippet with a location"),
        pytest.param("proxy_set_header Host $host;\n", id="a snippet of headers"),
        pytest.param("upstream api {\n  least_conn;\n  server api:8000;\n}\n", id="an upstream"),
        pytest.param("map $http_upgrade $connection_upgrade {\n  default upgrade;\n}", id="a map"),
    ],
)
def test_what_is_nginx(text: str) -> None:
    assert is_nginx(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[server]\nlisten = 80\n", id="an INI file"),
        pytest.param("server {\n  host = localhost\n  port = 8080\n}\n", id="HOCON"),
        pytest.param("options {\n  listen-on port 53 { any; };\n};\nserver 10.0.0.1 { bogus yes; };\n", id="BIND"),
        pytest.param("frontend a\n  bind *:80\nbackend b\n  server c 10.0.0.1:80 check\n", id="HAProxy"),
        pytest.param("<VirtualHost *:80>\n  ServerName a\n  ProxyPass / http://b/\n</VirtualHost>\n", id="Apache"),
        pytest.param("input { beats { port => 5044 } }\noutput { stdout {} }\n", id="Logstash"),
        pytest.param("server default {\n  listen {\n    port = 0\n  }\n}\n", id="FreeRADIUS"),
        pytest.param("server 10.8.0.0 255.255.255.0\nport 1194\n", id="OpenVPN"),
        pytest.param("# server { listen 80; }\nbind 127.0.0.1\n", id="a comment"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_not_nginx(text: str) -> None:
    assert not is_nginx(text)


SITE = "server {\n  listen ${PORT};\n  location / { proxy_pass http://${API}; }\n}\n"


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        pytest.param("nginx.conf", SITE, "nginx", id="a configuration"),
        pytest.param("conf.d/site.conf", SITE, "nginx", id="a configuration by its content"),
        pytest.param("nginx/templates/site.conf.template", SITE, "nginx", id="a template that nginx fills in"),
        pytest.param("nginx/site.template", SITE, "nginx", id="a template in a directory of nginx's"),
        pytest.param("docs/templates/site.conf.template", SITE, "archive", id="a template in the documentation"),
        pytest.param("deploy/site.template", SITE, None, id="a template of something else"),
        pytest.param("nginx/prometheus.yml.template", SITE, "templated", id="a template of another config"),
        pytest.param("nginx/site.conf.j2", SITE, "templated", id="a template of Ansible's"),
        pytest.param("nginx/site.conf", SITE + "# {% if a %}", "templated", id="Jinja"),
        pytest.param("nginx/site.conf", SITE.replace("${API}", "{{ api }}"), "templated", id="a value for Jinja"),
        pytest.param("site.conf.bak", SITE, "archive", id="a copy"),
        pytest.param("redis.conf", "bind 127.0.0.1\n", "other", id="a configuration of another program"),
        pytest.param("stack.conf", "services:\n  a:\n    image: b\n", "other", id="YAML in a file of that name"),
    ],
)
def test_which_files_are_read_as_nginx(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, text: str, why: str | None
) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    loaded = engine.load(engine.Options([Path()]))
    assert [item.kind for item in loaded.recognised] == (["nginx"] if why == "nginx" else [])
    skipped = {item.path: item.reason for item in loaded.discovery.skipped}
    assert skipped == ({} if why in ("nginx", None) else {path: why})


def test_a_template_in_a_chart_is_helms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nginx" / "templates").mkdir(parents=True)
    (tmp_path / "nginx" / "Chart.yaml").write_text("name: a\n", encoding="utf-8")
    (tmp_path / "nginx" / "templates" / "a.conf.template").write_text(SITE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    skipped = {item.path: item.reason for item in engine.load(engine.Options([Path()])).discovery.skipped}
    assert skipped["nginx/templates/a.conf.template"] == "templated"


def test_the_configuration_decides_what_a_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site").write_text("location / { return 204; }\n", encoding="utf-8")
    (tmp_path / "prom.conf").write_text("scrape_configs: [{job_name: a}]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    loaded = engine.load(engine.Options([Path()], kinds={"site": "nginx", "prom.conf": "prometheus"}))
    assert sorted((item.document.path, item.kind) for item in loaded.recognised) == [
        ("prom.conf", "prometheus"),
        ("site", "nginx"),
    ]


def test_a_broken_file_is_reported_at_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site.conf").write_text("server {\n  listen 80;\n  server_name a\n}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (finding,) = engine.check(engine.Options([Path()], select=["SYN001"])).findings
    assert (finding.primary.path, finding.primary.line, finding.primary.column) == ("site.conf", 4, 1)


def test_a_broken_file_is_nginx_only_without_doubt() -> None:
    found = kinds.recognise_broken(frozenset(), "server {\n listen 80;\n")
    assert found is not None and found[0].name == "nginx"
    assert kinds.recognise_broken(frozenset(("services",)), "a: |\n  server {\n listen 80;\n") is None


# Facts


def test_the_facts_of_a_whole_file() -> None:
    facts, document = read(
        """
        events {}
        http {
            include mime.types;
            upstream grafana {
                zone a 64k;
                server grafana:3000 max_fails=3;
                server 10.0.0.2:3000 backup;
            }
            server {
                listen 443 ssl;
                listen [::]:443 ssl;
                server_name grafana.example.com www.example.com;
                include snippets/tls.conf;
                location / { proxy_pass http://grafana; }
                location = /metrics { return 404; }
                location ~* \\.php$ { fastcgi_pass unix:/run/php.sock; }
                location ^~/api/ { grpc_pass grpc://api:9000; location /api/x { deny all; } }
            }
        }
        stream {
            server { listen 127.0.0.1:5432; proxy_pass db:5432; }
        }
        include /etc/nginx/conf.d/*.conf;
        """
    )
    web, stream = facts.servers
    assert [(one.address, one.port, one.ssl) for one in web.listens] == [("*", 443, True), ("::", 443, True)]
    assert [name.text for name in web.names] == ["grafana.example.com", "www.example.com"]
    assert [name.text for name in web.includes] == ["snippets/tls.conf"]
    assert sorted(name.text for name in facts.includes) == ["/etc/nginx/conf.d/*.conf", "mime.types"]
    assert [(one.modifier, one.path.text, one.returns) for one in web.locations] == [
        ("", "/", None),
        ("=", "/metrics", 404),
        ("~*", "\\.php$", None),
        ("^~", "/api/", None),
    ]
    assert [(one.directive, one.target) for location in web.locations for one in location.passes] == [
        ("proxy_pass", "http://grafana"),
        ("fastcgi_pass", "unix:/run/php.sock"),
        ("grpc_pass", "grpc://api:9000"),
    ]
    api = web.locations[3]
    assert (written(document, api.path.place), written(document, api.place)) == ("/api/", "location")
    assert [(one.path.text, one.returns) for one in api.locations] == [("/api/x", 403)]
    url = web.locations[0].passes[0].value
    assert written(document, url.place.within(7, 14)) == "grafana"
    (upstream,) = facts.upstreams
    assert (upstream.name.text, [one.text for one in upstream.servers]) == (
        "grafana",
        ["grafana:3000", "10.0.0.2:3000"],
    )
    assert (stream.stream, [one.target for one in stream.passes]) == (True, ["db:5432"])
    assert [(one.address, one.port) for one in stream.listens] == [("127.0.0.1", 5432)]


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("80", "*", 80),
        ("*:8080", "*", 8080),
        ("127.0.0.1:80", "127.0.0.1", 80),
        ("[::1]:80", "::1", 80),
        ("[::]", "::", 80),
        ("localhost", "localhost", 80),
        ("unix:/run/a.sock", "unix:/run/a.sock", None),
        ("${PORT}", None, None),
        ("${HOST}:80", None, 80),
        ("127.0.0.1:${PORT}", "127.0.0.1", None),
    ],
)
def test_what_a_listen_means(text: str, address: str | None, port: int | None) -> None:
    facts, _ = read(f"server {{ listen {text}; }}")
    (found,) = facts.servers[0].listens
    assert (found.address, found.port) == (address, port)


@pytest.mark.parametrize(
    ("inside", "target"),
    [
        pytest.param("set $a grafana:3000; proxy_pass http://$a/x;", "http://grafana:3000/x", id="a literal"),
        pytest.param("set $a b; set $c $a:1; proxy_pass http://${c};", "http://b:1", id="a variable of a variable"),
        pytest.param("proxy_pass http://$a; set $a late;", "http://late", id="all are set before it passes on"),
        pytest.param("set $a b; set $a c; proxy_pass http://$a;", "http://c", id="the last counts"),
        pytest.param("set $s own; proxy_pass http://$s;", "http://own", id="the location's own before the server's"),
        pytest.param("proxy_pass http://$s;", "http://server", id="the server's"),
        pytest.param("proxy_pass http://a:1$request_uri;", "http://a:1", id="a path that the client asks for"),
        pytest.param("proxy_pass http://a:1/b/$1?$args;", "http://a:1/b/", id="a path of a regex"),
        pytest.param("proxy_pass http://$s$uri;", "http://server", id="a variable and a path"),
        pytest.param("proxy_pass http://a$port;", None, id="a variable right behind the host"),
        pytest.param("proxy_pass $scheme://a/b;", None, id="a scheme that a variable decides"),
        pytest.param("proxy_pass http://$host;", None, id="nginx's own variable"),
        pytest.param("proxy_pass http://${UPSTREAM}:80;", None, id="a variable of a template"),
        pytest.param("set $a b; if ($x) { set $a c; } proxy_pass http://$a;", None, id="a condition"),
        pytest.param("set $a $host; proxy_pass http://$a;", None, id="a variable of an unknown one"),
    ],
)
def test_the_target_of_a_pass_is_known_where_variables_are(inside: str, target: str | None) -> None:
    (location,) = locations(f"server {{ set $s server; location / {{ {inside} }} }}").values()
    (found,) = location.passes
    assert found.target == target
    assert all(value.text in (target or "") or "$" in value.text for value in found.sets)


GUARDS = {
    "nothing": ("", "", False),
    "a login of its own": ("", "auth_basic a; auth_basic_user_file b;", True),
    "an inherited login": ("auth_basic a;", "", True),
    "an inherited login that is lifted": ("auth_basic a;", "auth_basic off;", False),
    "a user file alone": ("", "auth_basic_user_file b;", False),
    "a realm that a variable decides": ("", "auth_basic $realm;", None),
    "a request to a login service": ("", "auth_request /auth;", True),
    "certificates of clients": ("ssl_verify_client on;", "", True),
    "certificates that may be missing": ("ssl_verify_client optional;", "", False),
    "allowed networks": ("", "allow 10.0.0.0/8; deny all;", True),
    "allowed networks, inherited": ("allow 10.0.0.0/8; deny all;", "", True),
    "rules that replace the inherited ones": ("allow 10.0.0.0/8; deny all;", "allow all;", False),
    "everyone is allowed first": ("", "allow all; deny all;", False),
    "a few are denied": ("", "deny 1.2.3.4; allow all;", False),
    "either of two": ("", "satisfy any; allow 10.0.0.0/8; deny all; auth_basic a;", True),
    "either of two, and one is open": ("", "satisfy any; allow all; auth_basic a;", None),
    "an include that may say it": ("include snippets/auth.conf;", "", None),
    "an include in a directory of servers": ("include conf.d/auth.conf;", "", None),
    "an include of a package": ("include /etc/nginx/proxy_params;", "include mime.types;", False),
    "a script": ("", "access_by_lua_block { check() }", None),
    "a condition that refuses": ("", "if ($http_x_token != a) { return 403; }", None),
    "a condition that redirects": ("if ($scheme = http) { return 301 https://a; }", "", False),
}


@pytest.mark.parametrize(("server", "location", "guarded"), GUARDS.values(), ids=GUARDS)
def test_whether_a_location_is_guarded(server: str, location: str, guarded: bool | None) -> None:
    (found,) = locations(f"server {{ {server} location / {{ {location} proxy_pass http://a; }} }}").values()
    assert found.guarded is guarded


def test_an_include_of_further_servers_guards_none() -> None:
    body = "server { location / { proxy_pass http://a; } }"
    for include, guarded in (("conf.d/*.conf", False), ("mime.types", False), ("auth.conf", None)):
        facts, _ = read(f"http {{ include {include}; {body} }}")
        assert facts.servers[0].locations[0].guarded is guarded, include


def test_a_snippet_knows_only_its_own_guards() -> None:
    facts, _ = read("location /a { proxy_pass http://a; }\nlocation /b { auth_basic x; proxy_pass http://b; }")
    assert [one.guarded for one in facts.locations] == [None, True]
    login, _ = read("auth_basic x;\nauth_basic_user_file /etc/nginx/users;\n")
    headers, _ = read("proxy_set_header Host $host;\nproxy_pass http://a:1;\n")
    assert (login.guarded, headers.guarded, [one.target for one in headers.passes]) == (True, False, ["http://a:1"])


@pytest.mark.parametrize(
    ("inside", "returns"),
    [
        ("return 404;", 404),
        ("return 301 https://a;", 301),
        ("return https://a;", 302),
        ("deny all;", 403),
        ("allow 10.0.0.1; deny all;", None),
        ("satisfy any; auth_basic a; deny all;", None),
        ("if ($a) { return 404; }", None),
    ],
)
def test_what_a_location_answers_by_itself(inside: str, returns: int | None) -> None:
    (found,) = locations(f"server {{ location / {{ {inside} }} }}").values()
    assert found.returns == returns
