"""Discovery: what is read, what is passed over and why; and a hostile tree neither crashes it nor leads it astray."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from obslint.discover import Discovery, InputError, Tree, discover, outline, templated
from obslint.discover.gitignore import Glob, Ignore

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
COMPOSE = "services:\n  api:\n    image: nginx\n"
RULES = "groups:\n- name: g\n  rules: []\n"


class Project:
    """A repository to discover, with the working directory in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / ".git").mkdir(parents=True)

    def write(self, path: str, content: str | bytes = COMPOSE) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def link(self, path: str, target: str | Path) -> None:
        link = self.root / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project(tmp_path / "project")
    monkeypatch.chdir(made.root)
    return made


def found(*paths: str, **options: object) -> Discovery:
    return discover([Path(path) for path in paths or (".",)], **options)  # type: ignore[arg-type]


def read(discovery: Discovery) -> list[str]:
    return [source.path for source in discovery.sources]


def reasons(discovery: Discovery) -> dict[str, str]:
    return {item.path: item.reason for item in discovery.skipped}


# What is a candidate, and what is read


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("prometheus.yml", "yaml"),
        ("loki.yaml", "yaml"),
        ("LOKI.YAML", "yaml"),
        ("alerts.rules", "yaml"),
        ("alerts.rule", "yaml"),
        ("dashboard.json", "json"),
        (".env", "env"),
        (".env.production", "env"),
        ("grafana.env", "env"),
        ("config.alloy", "alloy"),
        ("agent.river", "alloy"),
        ("nginx.conf", "nginx"),
        ("Dockerfile", "dockerfile"),
        ("Dockerfile.prod", "dockerfile"),
        ("api.Dockerfile", "dockerfile"),
        ("Containerfile", "dockerfile"),
    ],
)
def test_a_candidate_is_read_by_its_ending(project: Project, name: str, form: str) -> None:
    content = {
        "json": '{"panels": [], "services": 1}',
        "nginx": "server {\n  listen 80;\n}\n",
        "dockerfile": "FROM python:3.13\n",
    }
    project.write(name, content.get(form, COMPOSE))
    assert [(source.path, source.format, source.named) for source in found().sources] == [(name, form, False)]


@pytest.mark.parametrize("name", ["README.md", "nginx.cfg", "Dockerfiles", "email.tmpl", ".envrc", "yml", "x.yml.gz"])
def test_other_names_are_not_even_counted(project: Project, name: str) -> None:
    project.write(name)
    discovery = found()
    assert (discovery.sources, discovery.skipped) == ((), ())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("package.json", '{"name": "x", "scripts": {}}'),
        ("ci.yml", "on: push\njobs: {}\n"),
        ("nested.yml", "spec:\n  services: {}\n"),
        ("comment.yml", "# services:\nname: x\n"),
        ("empty.yml", ""),
        ("compose.conf", COMPOSE),
        ("redis.conf", "bind 127.0.0.1\nport 6379\n"),
        ("Dockerfile", COMPOSE),
        ("blank.yaml", "\n \n---\n"),
    ],
)
def test_a_file_without_our_keys_is_other(project: Project, name: str, content: str) -> None:
    project.write(name, content)
    assert reasons(found()) == {name: "other"}


def test_the_markers_are_the_callers(project: Project) -> None:
    project.write("a.yml", "jobs: {}\n")
    project.write("b.json", '{"jobs": {}}')
    project.write("c.yml")
    discovery = found(markers=frozenset({"jobs"}))
    assert read(discovery) == ["a.yml", "b.json"]
    assert reasons(discovery) == {"c.yml": "other"}


def test_a_named_file_is_read_whatever_its_name_and_content(project: Project) -> None:
    project.write("prom.conf", "anything")
    project.write("docs/old/x.yml.bak", "a: 1\n")
    project.write(".gitignore", "docs\n*.conf\n")
    discovery = found("prom.conf", "docs/old/x.yml.bak")
    assert [(source.path, source.format, source.named) for source in discovery.sources] == [
        ("docs/old/x.yml.bak", "yaml", True),
        ("prom.conf", "yaml", True),
    ]


def test_a_file_the_configuration_names_is_read_with_its_kind(project: Project) -> None:
    project.write("etc/prom.conf", "x: 1\n")
    project.write("etc/alerts.j2", "x: 1\n")
    project.write("etc/rendered.j2", "x: {{ y }}\n")
    project.write("docs/prom.conf", "x: 1\n")
    project.write("other.conf", "x: 1\n")
    discovery = found(kinds={"prom.conf": "prometheus", "/etc/*.j2": "rules"})
    assert [(source.path, source.kind) for source in discovery.sources] == [
        ("docs/prom.conf", "prometheus"),
        ("etc/alerts.j2", "rules"),
        ("etc/prom.conf", "prometheus"),
    ]
    assert reasons(discovery) == {"etc/rendered.j2": "templated", "other.conf": "other"}


def test_a_kind_with_a_format_of_its_own_is_read_in_that_format(project: Project) -> None:
    project.write("alloy/agent.conf", "logging {}\n")
    project.write("alloy/config.yml", "logging {}\n")
    project.write("vars.txt", "A=1\n")
    discovery = found(kinds={"/alloy/*": "alloy", "vars.txt": "env"})
    assert [(source.path, source.format) for source in discovery.sources] == [
        ("alloy/agent.conf", "alloy"),
        ("alloy/config.yml", "alloy"),
        ("vars.txt", "env"),
    ]


def test_templates_within_the_strings_of_an_alloy_file_are_its_own(project: Project) -> None:
    project.write("a.alloy", 'loki.process "a" {\n  stage.template {\n    template = `\n{{ .Value }}\n`\n  }\n}\n')
    project.write("b.alloy", 'loki.write "a" {\n  endpoint {\n    url = "{{ .Values.loki }}"\n  }\n}\n')
    project.write("c.alloy.j2", "logging {}\n")
    discovery = found()
    assert read(discovery) == ["a.alloy"]
    assert reasons(discovery) == {"b.alloy": "templated", "c.alloy.j2": "templated"}


def test_paths_are_relative_to_the_working_directory(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("compose/app/docker-compose.yml")
    project.write("rules/a.rules", RULES)
    monkeypatch.chdir(project.root / "compose")
    discovery = found("..", "app", str(project.root / "rules"))
    assert read(discovery) == ["../rules/a.rules", "app/docker-compose.yml"]
    assert discovery.tree.root == ".."


def test_no_paths_give_nothing(project: Project) -> None:
    project.write("a.yml")
    assert discover([]).sources == ()


def test_a_path_named_twice_is_read_once(project: Project) -> None:
    project.write("sub/a.yml")
    discovery = found("sub/a.yml", ".", "./sub", "sub/../sub/a.yml")
    assert [(source.path, source.named) for source in discovery.sources] == [("sub/a.yml", True)]
    assert discovery.skipped == ()


# What is passed over


@pytest.mark.parametrize(
    "path",
    [
        *(
            f"{name}/a.yml"
            for name in ("archive", "archived", "deprecated", "legacy", "old", "backup", "bak", "testdata")
        ),
        *(
            f"{name}/a.yml"
            for name in ("example", "examples", "sample", "samples", "template", "templates", "Examples")
        ),
        *(f"{name}/a.yml" for name in ("fixtures", "doc", "docs", "conf.bak", "grafana_backup")),
        *("a.yml.bak", "a.yml.backup", "a.yml.orig", "a.yml.old", "a.yml.disabled", "a.yml.save", "a.yml~"),
        *("a.yml_backup", "a.yml.example", "a.yaml.sample", "docker-compose.example.yml", "prometheus.bak.yml"),
        *(".env.example", ".env.sample", ".env.template", ".env.prod.example", "prod.example.env"),
    ],
)
def test_archives_are_told_by_name(project: Project, path: str) -> None:
    project.write(path)
    assert reasons(found()) == {path: "archive"}
    assert read(found(include_archives=True)) == [path]


@pytest.mark.parametrize(
    "path", ["documents/a.yml", "backup-alerts.yml", "pg_backup.yml", "old-rules.yml", "oldies/b.yml"]
)
def test_a_name_that_only_resembles_an_archive_is_read(project: Project, path: str) -> None:
    project.write(path)
    assert read(found()) == [path]


def test_only_what_lies_below_the_named_path_makes_an_archive(project: Project) -> None:
    project.write("examples/foo/docker-compose.yml")
    project.write("examples/foo/old/docker-compose.yml")
    discovery = found("examples/foo")
    assert read(discovery) == ["examples/foo/docker-compose.yml"]
    assert reasons(discovery) == {"examples/foo/old/docker-compose.yml": "archive"}
    assert read(found(".", "examples/foo/old")) == ["examples/foo/old/docker-compose.yml"]


@pytest.mark.parametrize(
    "name",
    ["node_modules", "vendor", ".venv", "venv", "__pycache__", ".terraform", "site-packages", "bower_components"],
)
def test_vendored_directories_count_once(project: Project, name: str) -> None:
    project.write(f"app/{name}/deep/a.yml")
    project.write(f"app/{name}/b.yml")
    assert reasons(found()) == {f"app/{name}/": "vendored"}
    assert read(found(f"app/{name}/deep")) == [f"app/{name}/deep/a.yml"]


def test_the_git_directory_is_never_read_nor_counted(project: Project) -> None:
    project.write(".git/config.yml")
    assert (found().sources, found().skipped) == ((), ())


@pytest.mark.parametrize(
    ("glob", "left"),
    [
        pytest.param("x.yml", ["x.yml"], id="a name below it"),
        pytest.param("/x.yml", ["a/b/x.yml", "x.yml"], id="a name in it"),
        pytest.param("b/", ["a/x.yml", "x.yml"], id="a directory"),
        pytest.param("a/", ["a/b/x.yml", "a/x.yml", "x.yml"], id="not itself"),
        pytest.param("*", ["x.yml"], id="everything in it, nothing outside"),
        pytest.param("../*", ["a/b/x.yml", "a/x.yml", "x.yml"], id="no way out"),
    ],
)
def test_excluded_globs_below_a_base(project: Project, glob: str, left: list[str]) -> None:
    for path in ("x.yml", "a/x.yml", "a/b/x.yml"):
        project.write(path)
    assert read(found(exclude=[glob], base="a")) == left
    assert read(found(exclude=["*.yml"])) == []


def test_excluded_globs(project: Project) -> None:
    for path in ("a.yml", "gen/b.yml", "sub/gen/c.yml", "sub/d.generated.yml", "sub/keep.generated.yml", "sub/e.yml"):
        project.write(path)
    discovery = found(exclude=["/gen/", "*.generated.yml", "!keep.generated.yml", "sub/e.*"])
    assert read(discovery) == ["a.yml", "sub/gen/c.yml", "sub/keep.generated.yml"]
    assert reasons(discovery) == {"gen/": "excluded", "sub/d.generated.yml": "excluded", "sub/e.yml": "excluded"}


@pytest.mark.parametrize(
    "name",
    [
        "prometheus.yml.j2",
        "a.yaml.tmpl",
        "a.yml.tpl",
        "a.json.gotmpl",
        "a.yml.template",
        "rules.yml.jinja2",
        "a.env.j2",
    ],
)
def test_an_ending_can_say_that_a_file_is_a_template(project: Project, name: str) -> None:
    project.write(name)
    (item,) = found().skipped
    assert (item.path, item.reason, item.detail) == (name, "templated", f"`{Path(name).suffix}` ending")
    (item,) = found(name).skipped
    assert (item.reason, item.named) == ("templated", True)


def test_the_templates_of_a_helm_chart_are_templates_whatever_they_hold(project: Project) -> None:
    project.write("chart/Chart.yaml", "name: x\n")
    project.write("chart/values.yaml", COMPOSE)
    project.write("chart/templates/sub/rules.yaml", RULES)
    assert read(found()) == ["chart/values.yaml"]
    for paths in ((".",), ("chart/templates",), ("chart/templates/sub/rules.yaml",)):
        assert reasons(found(*paths, include_archives=True))["chart/templates/sub/rules.yaml"] == "templated"


def test_too_large_files_are_not_read(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with project.write("big.yml").open("r+b") as file:
        file.truncate(100 * 1024 * 1024)
    monkeypatch.setattr(os, "fdopen", lambda *args, **kwargs: pytest.fail("it was read"))
    assert [(item.path, item.reason, item.named) for item in found().skipped] == [("big.yml", "too-large", False)]
    assert [(item.path, item.reason, item.named) for item in found("big.yml").skipped] == [
        ("big.yml", "too-large", True)
    ]


def test_the_size_limit_is_inclusive(project: Project) -> None:
    project.write("a.yml")
    assert read(found(max_bytes=len(COMPOSE))) == ["a.yml"]
    assert reasons(found(max_bytes=len(COMPOSE) - 1)) == {"a.yml": "too-large"}


@pytest.mark.parametrize("content", [b"services:\0", "services:\n".encode("utf-16")], ids=["a zero byte", "UTF-16"])
def test_what_is_no_text_is_passed_over(project: Project, content: bytes) -> None:
    project.write("a.yml", content)
    assert reasons(found()) == {"a.yml": "not-text"}


@pytest.mark.parametrize(
    ("content", "text", "bad"),
    [
        pytest.param(b"\xef\xbb\xbfservices: {}\n", "services: {}\n", None, id="a byte order mark is dropped"),
        pytest.param("services: {ä: €}\n".encode(), "services: {ä: €}\n", None, id="UTF-8"),
        pytest.param(
            "services: {ä: ".encode() + b"\xff}\n", "services: {ä: �}\n", (15, 14), id="offsets of a bad byte"
        ),
        pytest.param(b"\xef\xbb\xbfservices:\xff", "services:�", (12, 9), id="offsets after a byte order mark"),
        pytest.param(b"services:\r\n  x:\r\n", "services:\r\n  x:\r\n", None, id="line ends are kept"),
    ],
)
def test_decoding(project: Project, content: bytes, text: str, bad: tuple[int, int] | None) -> None:
    project.write("a.yml", content)
    (source,) = found("a.yml").sources
    assert (source.text, source.bad_utf8) == (text, bad)


def test_a_file_name_that_is_no_text_is_reported_and_left(project: Project) -> None:
    (project.root / os.fsdecode(b"a\xff.yml")).write_text(COMPOSE)
    assert [(item.path, item.reason) for item in found().skipped] == [("a\\xff.yml", "unreadable")]
    with pytest.raises(InputError, match=r"a\\xff\.yml"):
        found(os.fsdecode(b"a\xff.yml"))
    assert found().tree.files_under(".") == ()


def test_pipes_and_sockets_are_never_opened(project: Project) -> None:
    os.mkfifo(project.root / "a.yml")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("b.yml")
        outcome: list[Discovery] = []
        worker = threading.Thread(target=lambda: outcome.append(found()), daemon=True)
        worker.start()
        worker.join(timeout=30)
        assert outcome and reasons(outcome[0]) == {"a.yml": "not-a-file", "b.yml": "not-a-file"}
    with pytest.raises(InputError, match=r"^a\.yml: not a regular file$"):
        found("a.yml")


def refuse(monkeypatch: pytest.MonkeyPatch, function: str, name: str) -> None:
    """Permissions do not bind root, so the refusal is simulated."""
    original: Callable[..., object] = getattr(os, function)

    def refused(path: str, *args: object, **kwargs: object) -> object:
        if os.fspath(path).endswith(name):
            raise PermissionError(13, "Permission denied", path)
        return original(path, *args, **kwargs)

    monkeypatch.setattr(os, function, refused)


def test_an_unreadable_file_is_counted_or_refused_if_named(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("a.yml")
    project.write("b.yml")
    refuse(monkeypatch, "open", "a.yml")
    discovery = found()
    assert read(discovery) == ["b.yml"]
    assert [(item.path, item.reason, item.detail) for item in discovery.skipped] == [
        ("a.yml", "unreadable", "Permission denied")
    ]
    with pytest.raises(InputError, match=r"^a\.yml: Permission denied$"):
        found("a.yml")


def test_an_unreadable_directory_is_counted_or_refused_if_named(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("closed/a.yml")
    project.write("open/b.yml")
    refuse(monkeypatch, "scandir", "closed")
    discovery = found()
    assert read(discovery) == ["open/b.yml"]
    assert reasons(discovery) == {"closed/": "unreadable"}
    for paths in (("closed",), (".", "closed")):
        with pytest.raises(InputError, match=r"^closed: Permission denied$"):
            found(*paths)
    assert discovery.tree.files_under("closed") == ()


@pytest.mark.parametrize("path", ["missing.yml", "missing/a.yml", "a.yml/b", "nul\0.yml", "x" * 300])
def test_a_named_path_that_is_not_there(project: Project, path: str) -> None:
    project.write("a.yml")
    with pytest.raises(InputError):
        found(path)


def test_a_deleted_working_directory_is_said(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.root / "gone").mkdir()
    monkeypatch.chdir(project.root / "gone")
    (project.root / "gone").rmdir()
    with pytest.raises(InputError, match="working directory"):
        found(str(project.root))


# Symbolic links and the root


def test_links_inside_the_root_are_followed_once(project: Project) -> None:
    project.write("z/real/a.yml")
    project.link("a-directory", "z/real")
    project.link("b-again", "z/real")
    project.link("a-file.yml", "z/real/a.yml")
    discovery = found()
    assert read(discovery) == ["z/real/a.yml"]
    assert [(item.path, item.reason, item.detail) for item in discovery.skipped] == [
        ("a-file.yml", "duplicate", "same file as z/real/a.yml")
    ]
    assert discovery.tree.resolve("a-file.yml") == "z/real/a.yml"


def test_a_link_shows_what_has_no_path_of_its_own_below_the_named_one(project: Project) -> None:
    project.write("shared/a.yml")
    project.write("shared/b.yml.example")
    project.link("app/linked", "../shared")
    project.link("app/b.yml", "../shared/b.yml.example")
    discovery = found("app")
    assert read(discovery) == ["app/b.yml", "app/linked/a.yml"]
    assert discovery.tree.resolve("shared/a.yml") == "app/linked/a.yml"


def test_loops_end(project: Project) -> None:
    project.write("a/b/x.yml")
    project.link("a/b/up", "..")
    project.link("a/b/root", project.root)
    project.link("self", "self")
    project.link("ping.yml", "pong.yml")
    project.link("pong.yml", "ping.yml")
    discovery = found()
    assert read(discovery) == ["a/b/x.yml"]
    assert reasons(discovery) == {"ping.yml": "unreadable", "pong.yml": "unreadable"}
    assert discovery.tree.status("self") == discovery.tree.status("a/b/up/b/root/ping.yml") == "missing"
    assert discovery.tree.status("a/b/up/b/root/a/b/x.yml") == "file"
    assert discovery.tree.files_under(".") == ("a/b/x.yml",)


def watch(monkeypatch: pytest.MonkeyPatch, *functions: str) -> list[str]:
    """The paths that functions of `os` are called with from now on."""
    touched: list[str] = []

    def watched(function: Callable[..., object]) -> Callable[..., object]:
        def call(path: object, *args: object, **kwargs: object) -> object:
            touched.append(str(path))
            return function(path, *args, **kwargs)

        return call

    for name in functions:
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    return touched


@pytest.mark.parametrize("absolute", [True, False], ids=["absolute", "relative"])
def test_nothing_outside_the_root_is_read_or_looked_at(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absolute: bool
) -> None:
    secret = tmp_path / "beyond" / "secret.yml"
    secret.parent.mkdir()
    secret.write_text(COMPOSE)
    outside = tmp_path if absolute else Path("..")
    project.write("a.yml")
    project.link("file.yml", outside / "beyond/secret.yml")
    project.link("directory", outside / "beyond")
    project.link("chain.yml", "file.yml")
    project.link("absent.yml", outside / "beyond/absent.yml")
    touched = watch(monkeypatch, "lstat", "open", "scandir", "readlink")
    discovery = found()
    assert read(discovery) == ["a.yml"]
    outside_links = ["absent.yml", "chain.yml", "directory", "file.yml"]
    assert reasons(discovery) == dict.fromkeys(outside_links, "symlink-outside")
    for path in (*outside_links, "directory/secret.yml", "../beyond/secret.yml", "/etc/passwd", str(secret)):
        assert discovery.tree.status(path) == "outside"
    assert discovery.tree.files_under("..") == discovery.tree.files_under("directory") == ()
    assert discovery.tree.files_under(".") == ("a.yml",)
    assert touched and not [path for path in touched if "/beyond" in path]


def test_a_named_link_must_not_leave_a_marked_project(project: Project, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.yml").write_text(COMPOSE)
    project.link("directory", tmp_path / "outside")
    project.link("file.yml", tmp_path / "outside/a.yml")
    for path in ("directory", "file.yml"):
        with pytest.raises(InputError, match=f"^{path}: .* out of the project"):
            found(path)


def test_a_named_broken_link_is_refused(project: Project) -> None:
    project.link("a.yml", "nowhere.yml")
    with pytest.raises(InputError, match=r"^a\.yml: a broken symbolic link$"):
        found("a.yml")
    assert reasons(found()) == {"a.yml": "unreadable"}


def test_a_named_link_without_a_project_is_what_it_leads_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.yml").write_text(COMPOSE)
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path)
    assert read(found("link")) == ["real/a.yml"]


def test_the_root_is_the_nearest_mark_or_the_common_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("repo/stack/sub/a.yml", "repo/other/b.yml", "plain/c.yml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(COMPOSE)
    (tmp_path / "repo/.git").mkdir()
    (tmp_path / "repo/stack/obslint.yaml").write_text("{}")
    monkeypatch.chdir(tmp_path)
    assert found("repo/stack/sub").tree.root == "repo/stack"
    assert found("repo/stack/sub/a.yml").tree.root == "repo/stack"
    assert found("repo/other").tree.root == "repo"
    assert found("repo/stack/sub", "repo/other/b.yml").tree.root == "repo"
    assert found("plain").tree.root == "plain"
    assert found("plain/c.yml").tree.root == "plain"
    assert found("plain", "repo/other").tree.root == "."


# git's ignore files


def test_ignored_files_and_directories(project: Project) -> None:
    project.write(".gitignore", "# generated\n/build/\n*.log.yml\n!keep.log.yml\n")
    project.write("apps/.gitignore", "*.yml\n!compose.yml\n")
    project.write("apps/deep/.gitignore", "!extra.yml\n")
    project.write(".git/info/exclude", "private.yml\nkeep.log.yml\n")
    for path in (
        *("build/a.yml", "sub/build/a.yml", "x.log.yml", "keep.log.yml", "private.yml"),
        *("apps/compose.yml", "apps/secret.yml", "apps/deep/compose.yml", "apps/deep/extra.yml", "apps/deep/no.yml"),
    ):
        project.write(path)
    discovery = found()
    assert read(discovery) == [
        *("apps/compose.yml", "apps/deep/compose.yml", "apps/deep/extra.yml", "keep.log.yml", "sub/build/a.yml"),
    ]
    assert [(item.path, item.reason, item.detail) for item in discovery.skipped] == [
        ("apps/deep/no.yml", "git-ignored", "apps/.gitignore:1"),
        ("apps/secret.yml", "git-ignored", "apps/.gitignore:1"),
        ("build/", "git-ignored", ".gitignore:2"),
        ("private.yml", "git-ignored", ".git/info/exclude:1"),
        ("x.log.yml", "git-ignored", ".gitignore:3"),
    ]


def test_an_ignored_directory_named_on_the_command_line_is_read(project: Project) -> None:
    project.write(".gitignore", "build/\n*.yml\n")
    project.write("build/out/.gitignore", "b.yml\n")
    project.write("build/out/a.yml")
    project.write("build/out/b.yml")
    discovery = found("build/out")
    assert read(discovery) == ["build/out/a.yml"]
    assert reasons(discovery) == {"build/out/b.yml": "git-ignored"}


def test_ignore_files_count_from_the_top_of_the_repository(project: Project) -> None:
    project.write(".gitignore", "a.yml\n")
    project.write("stack/obslint.yaml", "")
    project.write("stack/a.yml")
    discovery = found("stack")
    assert discovery.tree.root == "stack"
    assert [(item.path, item.detail) for item in discovery.skipped][:1] == [("stack/a.yml", ".gitignore:1")]


def test_an_ignore_file_that_is_a_link_or_too_large_is_left_out(project: Project, tmp_path: Path) -> None:
    (tmp_path / "ignore").write_text("*.yml\n")
    project.link(".gitignore", tmp_path / "ignore")
    project.write("sub/.gitignore", "*.yml\n" + "#" * (1 << 18))
    project.write("sub/a.yml")
    assert read(found()) == ["sub/a.yml"]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    patterns=st.lists(
        st.builds(
            "".join,
            st.lists(
                st.sampled_from(
                    [
                        *("a", "b", "ab", ".y", "*", "**", "?", "/", "**/", "/**/", "!", "#", "-", ".", " ", "\\"),
                        *("[ab]", "[!a]", "[^b]", "[a-c]", "[c-a]", "[]a]", "[", "]", "\\*", "\\a"),
                    ]
                ),
                min_size=1,
                max_size=6,
            ),
        ).filter(lambda text: "//" not in text and "\\/" not in text and not text.endswith("\\ ")),
        min_size=1,
        max_size=3,
    )
)
def test_the_verdict_is_gits_own(tmp_path: Path, patterns: list[str]) -> None:
    segments = [segment for line in patterns for segment in line.split("/")]
    # git treats a class that spans a slash, and `**` after the literal beginning of a pattern, in ways of its own
    assume(not any("[" in segment.replace("]", "", 1) and "]" not in segment for segment in segments))
    assume(not any("**" in segment and segment.strip("*") for segment in segments))
    repository = tmp_path / "repository"
    parts = ("a", "b", "ab", "x.y", "*", "#a", "!a", "a b")
    names = [*parts, *(f"{a}/{b}" for a in parts[:5] for b in parts[:5]), "a/b/a", "ab/a/x.y", "b/a/b/a"]
    if not repository.exists():
        subprocess.run(["git", "init", "-q", str(repository)], check=True)
    (repository / ".gitignore").write_text("\n".join(patterns))
    process = subprocess.run(
        ["git", "-c", "core.excludesFile=", "check-ignore", "--no-index", "--stdin", "-z"],
        cwd=repository,
        input="\0".join(names).encode(),
        capture_output=True,
        check=False,
    )
    expected = set(process.stdout.decode().split("\0")) - {""}
    ignore = Ignore(repository.as_posix())

    def ignored(name: str) -> bool:
        parts = name.split("/")
        parents = ["/".join(parts[:count]) for count in range(1, len(parts))]
        return any(ignore.decides(f"{ignore.top}/{parent}", True) for parent in parents) or bool(
            ignore.decides(f"{ignore.top}/{name}", False)
        )

    assert {name for name in names if ignored(name)} == expected


@pytest.mark.parametrize(
    "pattern", ["*a" * 60 + "b", "**/" * 40 + "b", "*/a" * 30 + "/**/b", "?" * 100 + "*" * 100 + "b"]
)
def test_a_hostile_pattern_cannot_hang(pattern: str) -> None:
    glob = Glob.parse(pattern)
    assert glob is not None
    assert not glob.matches("a" * 255, directory=False)
    assert not glob.matches("/".join("a" * 500), directory=False)


# The tree the graph asks


@pytest.fixture
def tree(project: Project, tmp_path: Path) -> Tree:
    project.write(".gitignore", "secrets/\n*.key\n/data/\n")
    project.write("conf/prometheus.yml")
    project.write("present.key")
    project.write("node_modules/x.yml")
    project.link("conf/alias.yml", "prometheus.yml")
    project.link("broken", "data/nothing")
    (tmp_path / "project-beside").mkdir()
    return found().tree


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("conf/prometheus.yml", "file"),
        ("./conf/../conf/prometheus.yml", "file"),
        ("conf/alias.yml", "file"),
        ("conf", "directory"),
        ("conf/", "directory"),
        (".", "directory"),
        ("", "directory"),
        ("conf/absent.yml", "missing"),
        ("conf/prometheus.yml/x", "missing"),
        ("../project/conf", "directory"),
        ("..", "outside"),
        ("../project-beside", "outside"),
        ("conf/../../x", "outside"),
        ("/etc/passwd", "outside"),
        ("tls/server.key", "ignored"),
        ("secrets/token", "ignored"),
        ("secrets", "ignored"),
        ("data", "ignored"),
        ("conf/data", "missing"),
        ("broken", "ignored"),
        ("present.key", "file"),
        ("nul\0byte", "missing"),
        ("lone\ud800surrogate", "missing"),
        ("long/" * 100_000, "missing"),
        ("x" * 5000, "missing"),
    ],
)
def test_status(tree: Tree, path: str, status: str) -> None:
    assert tree.status(path) == status


def test_resolve_gives_the_path_a_source_was_read_under(tree: Tree) -> None:
    assert tree.resolve("conf/alias.yml") == tree.resolve("./conf/prometheus.yml") == "conf/prometheus.yml"
    assert tree.resolve("absent/../absent.yml") == "absent.yml"
    assert tree.resolve("../elsewhere/x") == "../elsewhere/x"


def test_files_under(tree: Tree) -> None:
    assert tree.files_under("conf") == ("conf/alias.yml", "conf/prometheus.yml")
    assert tree.files_under("./conf/") == tree.files_under("conf")
    assert "node_modules/x.yml" not in tree.files_under(".")
    assert tree.files_under("absent") == tree.files_under("conf/prometheus.yml") == ()


def test_naming_gives_the_lines_of_scripts_image_builds_and_documents(project: Project) -> None:
    project.write("up.sh", "set -e\ndocker network create edge\n")
    project.write("edge/Dockerfile", "FROM scratch\nCOPY edge.yml /\n")
    project.write("README.md", "Nothing here.\nThe edge runs elsewhere.\n")
    project.write("edge.yml", "name: edge\n")
    tree = found().tree
    assert list(tree.naming("edge")) == [
        ("up.sh", "docker network create edge"),
        ("README.md", "The edge runs elsewhere."),
        ("edge/Dockerfile", "COPY edge.yml /"),
    ]
    assert list(tree.naming("absent")) == []


# Determinism


def test_the_result_does_not_depend_on_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = ["b/x.yml", "a/x.yml", "a.yml", "docs/c.yml", "a/.env", "z.json", "vendor/v.yml"]
    links = {"a/link.yml": "../b/x.yml", "b/link.yml": "x.yml", "c": "docs", "d": "docs"}
    results = []
    for number, order in enumerate((files, files[::-1])):
        project = Project(tmp_path / str(number))
        for path, target in list(links.items())[:: 1 if number else -1]:
            project.link(path, target)
        for path in order:
            project.write(path)
        monkeypatch.chdir(project.root)
        for paths in (["a", "b", "."], [".", "b", "a"]):
            discovery = found(*paths)
            results.append((discovery.sources, discovery.skipped))
    assert len(results[0][0]) == 4 and all(result == results[0] for result in results)


# The sniff


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        pytest.param("global:\n  a: 1\nscrape_configs: []\n", {"global", "scrape_configs"}, id="a mapping"),
        pytest.param("a: 1\n---\nb: 2\n...\n--- # x\nc:\n", {"a", "b", "c"}, id="several documents"),
        pytest.param("\"a b\": 1\n'c': 2\nd : 3\ne.f-g: 4", {"a b", "c", "d", "e.f-g"}, id="quoted and spaced"),
        pytest.param("# a: 1\nb: |\n  c: 2\nd:e: 3\nhttp://x\n", {"b"}, id="no comments, nested keys or URLs"),
        pytest.param("- targets: [a]\n  labels: {}\n-  x: 1\n", {"targets", "labels"}, id="items of a sequence"),
        pytest.param("%YAML 1.2\n---\n\n# c\n  groups:\n  - name: x\n", {"groups"}, id="an indented document"),
        pytest.param("a: 1\r\n\r\nb:\r\n", {"a", "b"}, id="CR LF"),
        pytest.param("{groups: [], 'route' : {}, \"panels\": 1, x: 2}", {"groups", "route", "panels"}, id="flow style"),
        pytest.param("", set(), id="nothing"),
    ],
)
def test_outline_of_yaml(text: str, keys: set[str]) -> None:
    assert outline(text, "yaml") == keys


def test_outline_of_json_is_the_marker_words_that_are_keys() -> None:
    text = '{"panels" : [], "x": {"groups":\n1}, "services", "y": "route: 1"}'
    assert outline(text, "json") == {"panels", "groups"}
    assert outline(text, "json", frozenset({"x", "y("})) == {"x"}
    assert outline(text, "json", frozenset()) == set()


FRAGMENTS = st.sampled_from(
    [
        *"{}[]%#\"'\\|>-:&*!? \n\t\r\0`",
        "{{",
        "}}",
        "{%",
        "%(",
        "- ",
        ": ",
        "---\n",
        "|\n",
        "a",
        "services",
        "Values",
        "é",
        "\x85",
    ]
)


@settings(deadline=None)
@given(
    st.one_of(st.text(), st.lists(FRAGMENTS, max_size=60).map("".join)),
    st.sampled_from(["yaml", "json", "env", "alloy"]),
)
def test_the_sniff_never_raises(text: str, form: str) -> None:
    keys = outline(text, form)
    assert all(isinstance(key, str) and key for key in keys)
    marker = templated(text, form)
    assert marker is None or marker


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_passed_over(project: Project, content: bytes) -> None:
    project.write("a.yml", content)
    project.write(".gitignore", content)
    discovery = discover([Path("a.yml")])
    assert len(discovery.sources) + len(discovery.skipped) == 1
    found()


@pytest.mark.parametrize(
    "unit",
    [
        "{{ .Values # ",
        "{{   ",
        "{% ",
        "%(a",
        '"a": {{ \'',
        "{{ a | b ",
        "- - - ",
        "a: 'x\n",
        " ",
        '"\\',
        "{{ `",
        "[ ",
        "a:",
        "<% ",
    ],
)
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_hostile_text_cannot_hang_the_sniff(unit: str, form: str) -> None:
    for text in (unit * 100_000, "services:\n  # " + unit * 100_000, "receivers: \n x: " + unit * 100_000):
        outline(text, form)
        templated(text, form)


# Templates


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("services:\n  x:\n    image: {{ .Values.image }}\n", "Helm"),
        ('services:\n  x:\n    image: "a:{{ $.Values.tag }}"\n', "Helm"),
        ("{{- if .Values.on }}\ngroups: []\n{{- end }}\n", "Helm"),
        ('groups:\n- name: "{{ .Release.Name }}"\n', "Helm"),
        ('metadata:\n  labels:\n    {{- include "x.labels" . | nindent 4 }}\n', "Helm"),
        ("data:\n  a: |\n    {{ .Chart.Name }}\n", "Helm"),
        ('groups:\n- name: x\n  summary: "{{ `{{ $labels.x }}` }}"\n', "escaped braces"),
        ("groups:\n- name: x\n  summary: \"{{ '{{' }} $labels.x }}\"\n", "escaped braces"),
        ('global:\n  x: "{{ getenv "X" }}"\n', "gomplate"),
        ("global:\n  x: '{{ env.Getenv \"X\" }}'\n", "gomplate"),
        ("global:\n  x: '{{ .Env.X }}'\n", "gomplate"),
        ("global:\n  x: '{{ key \"a/b\" }}'\n", "consul-template"),
        ("groups:\n{% for g in groups %}\n- name: x\n{% endfor %}\n", "Jinja"),
        ("groups:\n- summary: '{% raw %}{{ $labels.x }}{% endraw %}'\n", "Jinja"),
        ("{# made by hand #}\ngroups: []\n", "Jinja"),
        ("{{ ansible_managed | comment }}\nglobal: {}\n", "`{{` outside of quotes"),
        ("services:\n  x:\n    ports:\n    - {{ port }}:80\n", "`{{` outside of quotes"),
        ("services:\n  x:\n    ports: [{{ port }}]\n", "`{{` outside of quotes"),
        ('services:\n  x:\n    name: {{ template "x" . }}\n', "`{{` outside of quotes"),
        ("services:\n  x:\n    image: 'nginx:{{ version }}'\n", "Jinja"),
        ("services:\n  x:\n    image: nginx:{{ version | default('1') }}\n", "Jinja"),
        ("services:\n  x:\n    environment:\n    - A={{ host.name['x'] }}\n", "Jinja"),
        ("scrape_configs:\n- static_configs:\n  - targets: ['{{ inventory_hostname }}:9100']\n", "Jinja"),
        ('receivers:\n- slack_configs:\n  - api_url: "{{ slack_url }}"\n', "Jinja"),
        ('groups:\n- rules:\n  - expr: up{job="%(job)s"} == 0\n', "`%(name)s`"),
        ("groups:\n<% if x -%>\n- name: y\n<% end %>\n", "ERB"),
        ("groups:\n%{ for g in groups ~}\n- name: y\n%{ endfor ~}\n", "Terraform"),
    ],
)
def test_templates_are_recognised(text: str, marker: str) -> None:
    assert (templated(text, "yaml") or "").startswith(marker + ", line ")


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ('{"panels": {{ panels }}}', "`{{` outside of quotes"),
        ('{"panels": [\n  {{ range .x }}\n]}', "`{{` outside of quotes"),
        ('{"panels": [], "title": "{{ .Values.title }}"}', "Helm"),
        ('{"panels": [{"legendFormat": "{{ `{{pod}}` }}"}]}', "escaped braces"),
        ('{"panels": [{"expr": "up{%(selector)s}"}]}', "`%(name)s`"),
        ('{"panels": [{"legendFormat": "{% raw %}{{pod}}{% endraw %}"}]}', "Jinja"),
    ],
)
def test_templates_of_json_are_recognised(text: str, marker: str) -> None:
    assert (templated(text, "json") or "").startswith(marker + ", line ")


def test_the_marker_is_shown_with_its_line() -> None:
    assert templated("a: 1\nservices:\n  image: '{{ tag }}'\n", "yaml") == "Jinja, line 3"
    assert templated("# x\n\nb: {{ .Values.x }}\n", "yaml") == "Helm, line 3"
    assert templated("a: 1", "yaml", "deploy/a.yml.j2") == "`.j2` ending"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("groups:\n- summary: '{{ $labels.x }} is {{ $value | humanize }}'\n", id="an alert"),
        pytest.param(
            'groups:\n- summary: |\n    {{ range query "up" }}\n    {{ .Labels.x }}\n    {{ end }}\n', id="a block"
        ),
        pytest.param("groups:\n- summary: >-\n    - {{ externalURL }}\n\n    x: {{ $value }}\n", id="a folded block"),
        pytest.param("groups:\n- summary: 'one\n    - {{ $labels.x }}\n    a: {{ value }}'\n", id="a quoted scalar"),
        pytest.param('groups:\n- summary: "one \\\n    {{ foo }}\n    b: {{ c }}"\n', id="a double-quoted scalar"),
        pytest.param("groups:\n- summary: VALUE is\n    - {{ $value }}\n    {{ end }}\n", id="a plain scalar"),
        pytest.param(
            "groups:\n- summary:\n    from {{ $value }}\n    {{ end }}\n", id="a plain scalar on its own lines"
        ),
        pytest.param("groups:\n- summary: !!str &a |2-\n    {{ foo }}\n", id="a block with tag and anchor"),
        pytest.param(
            "groups:\n- summary: '{{ labels.x }} {{ value }} {{ foo }}'\n", id="a rule file is not asked for Jinja"
        ),
        pytest.param("groups:\n- summary: {{ $labels.x }} is down\n", id="forgotten quotes around an alert's template"),
        pytest.param("receivers:\n- title: {{ .CommonLabels.x }}\n", id="forgotten quotes around a notification"),
        pytest.param('receivers:\n- title: {{ template "x" . }}\n', id="forgotten quotes around a named template"),
        pytest.param(
            "receivers:\n- text: '{{ range .Alerts }}{{ .Annotations.x }}{{ end }}{{ now }}'\n", id="Alertmanager"
        ),
        pytest.param("receivers:\n- text: '{{ CommonLabels.x }}{{ value }}'\n", id="a forgotten dot"),
        pytest.param("receivers:\n- text: |-\n    {{ foo }}\n", id="an undefined function in a block"),
        pytest.param("contactPoints:\n- message: '{{ .Values.A }}'\n", id="Grafana's own .Values"),
        pytest.param("scrape_configs:\n- template: '{{ ToUpper .Value }}{{ foo }}'\n", id="Promtail's template stage"),
        pytest.param(
            "services:\n  x:\n    logging:\n      options:\n        tag: '{{.Name}}/{{.ID}}'\n", id="log tags"
        ),
        pytest.param("services:\n  x:\n    hostname: '{{.Node.Hostname}}-{{.Task.Slot}}'\n", id="Swarm placeholders"),
        pytest.param("services:\n  x:\n    command: --rule=Host(`{{ normalize .Name }}`)\n", id="Traefik rules"),
        pytest.param("services:\n  x:\n    labels:\n    - homepage.key={{HOMEPAGE_VAR_KEY}}\n", id="a label"),
        pytest.param("services:\n  x:\n    environment:\n      K: '{{HOMEPAGE_VAR_KEY}}'\n", id="Homepage's variables"),
        pytest.param(
            "services:\n  x:\n    environment:\n      U: '%(protocol)s://%(domain)s'\n", id="Grafana's root URL"
        ),
        pytest.param("services:\n  x:\n    command: --format '[%(asctime)s] %(levelno)s'\n", id="a log format"),
        pytest.param("data:\n  grafana.ini: |\n    root_url = %(protocol)s://%(domain)s\n", id="grafana.ini"),
        pytest.param(
            "services:\n  x:\n    image: ${IMAGE:-nginx}:${TAG}\n    a: $${{ X }}\n", id="environment variables"
        ),
        pytest.param("jobs:\n  services:\n    env: ${{ secrets.X }}\n", id="GitHub's expressions"),
        pytest.param(
            "services:\n  # {{ .Values.x }} {% if %} %(x)s\n  x: {} # {{ y }} {{ .Release.Name }}\n", id="comments"
        ),
        pytest.param(
            "services:\n  x:\n    legendFormat: '{{instance}}'\n    expr: '{{ x }}'\n", id="fields of their own"
        ),
        pytest.param("groups:\n- regex: '%{IP:client} {#x} {{#y}}'\n", id="grok and handlebars"),
    ],
)
def test_what_only_looks_like_a_template_is_read(text: str) -> None:
    assert templated(text, "yaml") is None


@pytest.mark.parametrize(
    "text",
    [
        '{"panels": [{"legendFormat": "{{instance}}"}]}',
        '{"panels": [{"legendFormat": ": {{instance}}", "alias": "a\\": {{ b }}"}]}',
        '{"panels": [{"legendFormat": "{{template}} {{include}} {{ Values }}"}]}',
        '{"panels": [{"content": "{{#each data}} {# x #} <% y %> 100%(x)"}]}',
        '{"panels": [{"expr": "{job=\\"x\\"} | line_format `{{.msg}}: {{ .level }}`"}]}',
    ],
)
def test_dashboards_hold_go_templates_for_good(text: str) -> None:
    assert templated(text, "json") is None


PROSE = st.lists(
    st.sampled_from(
        [
            "{{ $labels.x }}",
            "{{ end }}",
            "{{ $value }}",
            "{{ externalURL }}",
            "- ",
            ": ",
            " #",
            "'",
            '"',
            "|",
            "\n",
            "\n\n",
            " ",
            "a",
            "[",
            "{a",
        ]
    ),
    min_size=1,
    max_size=25,
).map("".join)


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(["summary", "expr", "a: b", "'q'", "x"]), PROSE, min_size=1), min_size=1),
    st.sampled_from([None, "|", ">", "'", '"']),
    st.integers(10, 60),
    st.booleans(),
)
def test_no_valid_rule_file_is_taken_for_a_template(
    rules: list[dict[str, str]], style: str | None, width: int, indented: bool
) -> None:
    data = {"groups": [{"name": "g", "rules": rules}], "z": {"nested": rules}}
    text = yaml.safe_dump(data, default_style=style, width=width, indent=4 if indented else 2)
    assume(yaml.safe_load(text) == data)  # PyYAML folds some scalars wrongly
    assert templated(text, "yaml") is None


# The corpus


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_the_corpus(capsys: pytest.CaptureFixture[str]) -> None:
    corpus = CORPUS.resolve()
    discovery = discover([corpus], include_archives=True)
    taken = {Path(item.path).relative_to(os.path.relpath(corpus)).as_posix(): item for item in discovery.skipped}
    with capsys.disabled():
        counts = Counter(item.reason for item in discovery.skipped)
        print(f"\n{len(discovery.sources)} sources, passed over: {dict(sorted(counts.items()))}")
    assert len(discovery.sources) > 1000
    markers = {path: item.detail for path, item in taken.items() if item.reason == "templated"}
    by_content = {path: marker for path, marker in markers.items() if "ending" not in marker and "chart" not in marker}
    assert by_content.keys() == {
        "cortexproject+cortex/docs/getting-started/grafana-values.yaml",
        "monitoring-mixins+website/assets/ceph/dashboards/radosgw-sync-overview.json",
    }
    assert all(path.endswith((".j2", ".template")) or "/helm/" in path for path in markers.keys() - by_content.keys())


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize(
    "repository",
    [
        *("prometheus-operator+kube-prometheus", "stefanprodan+dockprom", "vegasbrianc+prometheus", "SigNoz+signoz"),
        *("VictoriaMetrics+VictoriaMetrics", "rfmoz+grafana-dashboards", "jitsi+docker-jitsi-meet", "NetApp+harvest"),
        *("open-telemetry+opentelemetry-demo", "matter-labs+era-observability", "fishingpvalues+potatostack"),
    ],
)
def test_no_file_of_a_good_repository_is_taken_for_a_template(repository: str) -> None:
    files = [file for file in (CORPUS / repository).rglob("*") if file.suffix in (".yml", ".yaml", ".rules", ".json")]
    assert files
    marked = {file.name: templated(file.read_text(), "json" if file.suffix == ".json" else "yaml") for file in files}
    assert {name: marker for name, marker in marked.items() if marker is not None} == {}
