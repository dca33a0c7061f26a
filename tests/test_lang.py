"""The small languages inside of config values."""

from __future__ import annotations

import re
import shlex
import shutil
import string
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from obslint.lang import addresses, flags, globs, images, interpolation, mounts, ports, shellwords
from obslint.lang.addresses import Address
from obslint.lang.interpolation import HOLE
from obslint.lang.mounts import MountParts
from obslint.lang.ports import PortMapping, PortRange

# --- interpolation ----------------------------------------------------------------------------------------------------

VALUES = {"SET": "v", "EMPTY": "", "A_1": "x", "NEST": "${SET}"}


@pytest.mark.parametrize(
    ("text", "result", "defaulted"),
    [
        pytest.param("plain", "plain", False, id="no variable"),
        pytest.param("$SET/${SET}$A_1", "v/vx", False, id="bare and braced"),
        pytest.param("${SET}${UNSET}$UNSET", f"v{HOLE}{HOLE}", False, id="what only the shell may know"),
        pytest.param("$EMPTY|${EMPTY}", "|", False, id="set to nothing"),
        pytest.param("${UNSET:-d}${UNSET-e}", "de", True, id="defaults of what is not set"),
        pytest.param("${EMPTY:-d}|${EMPTY-e}", "d|", True, id="an empty value counts only without colon"),
        pytest.param("${SET:-d}${SET-e}", "vv", False, id="defaults that are not used"),
        pytest.param("${UNSET:-}", "", True, id="an empty default"),
        pytest.param("${SET:?no}${SET?no}${EMPTY?no}", "vv", False, id="required and set"),
        pytest.param("${UNSET:?no}${UNSET?no}${EMPTY:?no}", HOLE * 3, False, id="required and not set"),
        pytest.param("${SET:+a}${SET+b}${EMPTY+c}|${EMPTY:+d}", "abc|", False, id="alternatives"),
        pytest.param("${UNSET:+a}${UNSET+b}", HOLE * 2, False, id="alternatives to what only the shell may know"),
        pytest.param("${UNSET:-${SET}}", "v", True, id="a variable in a default"),
        pytest.param("${U:-${V:-${SET}/${W:-d}}}!", "v/d!", True, id="defaults in defaults"),
        pytest.param("${U:-${V}}", HOLE, True, id="unknown in a default"),
        pytest.param("${UNSET:-$$5}", "$5", True, id="a dollar in a default"),
        pytest.param("${U:-a:-b}", "a:-b", True, id="the first operator counts"),
        pytest.param("$$SET $${SET} $$$SET", "$SET ${SET} $v", False, id="dollars"),
        pytest.param("$NEST", "${SET}", False, id="values are not interpolated again"),
        pytest.param("$ $1 ${ ${} ${1} ${SET", "$ $1 ${ ${} ${1} ${SET", False, id="malformed stays as it is"),
        pytest.param("${SET:} ${SET!x} ${SET SET}", "${SET:} ${SET!x} ${SET SET}", False, id="no such operator"),
        pytest.param("${a${SET}", "${av", False, id="an open brace before a closed one"),
        pytest.param("}{$SET}", "}{v}", False, id="braces alone"),
    ],
)
def test_interpolation(text: str, result: str, defaulted: bool) -> None:
    found = interpolation.interpolate(text, VALUES)
    assert (found.text, found.defaulted) == (result, defaulted)
    assert found.known == (None if HOLE in result else result)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab$${}:-?+ \x00é"), max_size=40))
def test_interpolation_of_any_text_is_unchanged_without_dollars_and_never_raises(text: str) -> None:
    found = interpolation.interpolate(text, {"a": "1"})
    if "$" not in text:
        assert found.text == text
    escaped = text.replace("$", "$$")
    assert interpolation.interpolate(escaped, {"a": "1"}).text == text


@pytest.mark.parametrize(
    "text",
    ["${a:-" * 100_000, "${a:-" * 50_000 + "}" * 50_000, "$" * 500_000, "${" * 250_000, "}" * 500_000, "x" * 1_000_000],
    ids=["open defaults", "nested defaults", "dollars", "open braces", "closed braces", "nothing"],
)
def test_interpolation_of_hostile_text_takes_no_time(text: str) -> None:
    start = time.process_time()
    interpolation.interpolate(text, {})
    assert time.process_time() - start < 5


# --- ports ------------------------------------------------------------------------------------------------------------

PORTS = st.integers(0, 65535)
RANGES = st.one_of(PORTS.map(str), st.tuples(PORTS, PORTS).map(lambda pair: f"{min(pair)}-{max(pair)}"))
ADDRESSES = st.one_of(
    st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(lambda ip: f"[{ip}]"), st.just("localhost"), st.just(HOLE)
)


@settings(max_examples=300)
@given(
    st.none() | ADDRESSES,
    st.none() | st.just("") | RANGES | st.just(HOLE),
    RANGES | st.just(HOLE),
    st.sampled_from(["", "/tcp", "/udp"]),
)
def test_ports_read_what_was_written(host: str | None, published: str | None, target: str, protocol: str) -> None:
    assume(host is None or published is not None)
    text = ":".join(part for part in (host, published, target) if part is not None) + protocol
    found = ports.parse_mapping(text)
    assert found is not None
    expected_host = host.strip("[]") if host else (HOLE if published == HOLE else None)
    assert found.host_ip == expected_host
    assert found.protocol == (protocol[1:] or "tcp")
    assert found.published_given == bool(published)
    for part, written in ((found.published, published), (found.target, target)):
        if written is None or written in ("", HOLE):
            assert part is None
        else:
            assert part is not None
            first, _, last = written.partition("-")
            assert (part.first, part.last) == (int(first), int(last or first))
            assert ports.parse_range(str(part)) == part


@pytest.mark.parametrize(
    ("text", "mapping"),
    [
        pytest.param("9090", PortMapping(None, None, PortRange(9090, 9090), "tcp", False), id="an ephemeral host port"),
        pytest.param(
            "127.0.0.1::80", PortMapping("127.0.0.1", None, PortRange(80, 80), "tcp", False), id="no host port"
        ),
        pytest.param(
            "::1:81:80", PortMapping("::1", PortRange(81, 81), PortRange(80, 80), "tcp", True), id="bare IPv6"
        ),
        pytest.param("[::1", None, id="an open bracket"),
        pytest.param("a:b", PortMapping(None, None, None, "tcp", True), id="no ports at all"),
        pytest.param("٣:٣", PortMapping(None, None, None, "tcp", True), id="digits of another script"),
        pytest.param("2-1:70000", PortMapping(None, None, None, "tcp", True), id="backwards and too large"),
        pytest.param("9" * 5000, PortMapping(None, None, None, "tcp", False), id="5,000 digits"),
        pytest.param("", PortMapping(None, None, None, "tcp", False), id="nothing"),
    ],
)
def test_ports_of(text: str, mapping: PortMapping | None) -> None:
    assert ports.parse_mapping(text) == mapping


@pytest.mark.parametrize(
    ("address", "loopback", "public"),
    [
        (None, None, True), ("", None, True), ("0.0.0.0", False, True), ("::", False, True), ("127.0.0.1", True, False),
        ("127.9.9.9", True, False), ("::1", True, False), ("localhost", True, False), ("10.0.0.1", False, False),
        ("192.168.1.5", False, False), ("172.16.0.1", False, False), ("169.254.1.1", False, False),
        ("fe80::1", False, False), ("8.8.8.8", False, True), ("2606:4700::1", False, True),
        ("example.com", None, None), (HOLE, None, None), ("999.1.1.1", None, None),
    ],
)  # fmt: skip
def test_who_reaches_a_bound_address(address: str | None, loopback: bool | None, public: bool | None) -> None:
    assert ports.is_public(address) is public
    if address:
        assert ports.is_loopback(address) is loopback


# --- mounts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts", "is_path"),
    [
        pytest.param("./a:/b", MountParts("./a", "/b", False), True, id="a relative path"),
        pytest.param("/a:/b:ro", MountParts("/a", "/b", True), True, id="read-only"),
        pytest.param("~/a:/b:rw,z", MountParts("~/a", "/b", False), True, id="modes"),
        pytest.param("vol:/b:z,ro", MountParts("vol", "/b", True), False, id="a volume, read-only among modes"),
        pytest.param("/b", MountParts(None, "/b", False), False, id="an anonymous volume"),
        pytest.param("C:\\a\\b:/b:ro", MountParts("C:\\a\\b", "/b", True), True, id="a Windows drive"),
        pytest.param("d:/a:/b", MountParts("d:/a", "/b", False), True, id="a Windows drive with slashes"),
        pytest.param("vol:/b/../c//d/", MountParts("vol", "/c/d", False), False, id="a target that is not clean"),
        pytest.param("vol://b", MountParts("vol", "/b", False), False, id="two slashes"),
        pytest.param("c:/b", None, None, id="a drive to Compose, though it may be a volume of one letter"),
        pytest.param("C:\\a:D:\\b", None, None, id="a Windows container"),
        pytest.param("a:b", None, None, id="a target that is no path"),
        pytest.param("a:/b:ro:z", None, None, id="too many parts"),
        pytest.param(":/b", None, None, id="an empty source"),
        pytest.param("a", None, None, id="a name alone"),
        pytest.param("", None, None, id="nothing"),
        pytest.param(HOLE, None, None, id="an unknown item"),
        pytest.param(f"{HOLE}:/b", MountParts(HOLE, "/b", False), False, id="an unknown source"),
    ],
)
def test_mounts(text: str, parts: MountParts | None, is_path: bool | None) -> None:
    found = mounts.parse(text)
    assert found == parts
    assert (found.is_path if found else None) == is_path


def test_mount_with_a_default_path_is_split_after_interpolation() -> None:
    text = interpolation.interpolate("${CONFIG:-/etc/x}:/x:ro", {}).text
    assert mounts.parse(text) == MountParts("/etc/x", "/x", True)


# --- images -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "repository", "tag", "digest", "version"),
    [
        pytest.param("prom/prometheus:v3.5.0", "prom/prometheus", "v3.5.0", None, (3, 5, 0), id="a version"),
        pytest.param("redis", "redis", None, None, None, id="no tag"),
        pytest.param("localhost:5000/a/b", "localhost:5000/a/b", None, None, None, id="a registry's port is no tag"),
        pytest.param("r.io:5000/a:1.2", "r.io:5000/a", "1.2", None, (1, 2, 0), id="a registry's port and a tag"),
        pytest.param("a@sha256:ab", "a", None, "sha256:ab", None, id="a digest"),
        pytest.param("a:2.1@sha256:ab", "a", "2.1", "sha256:ab", (2, 1, 0), id="tag and digest"),
        pytest.param("a:2.9.1-alpine3.18", "a", "2.9.1-alpine3.18", None, (2, 9, 1), id="a variant"),
        pytest.param("a:v3", "a", "v3", None, None, id="a floating tag"),
        pytest.param("a:1.2.3.4", "a", "1.2.3.4", None, None, id="four parts are no version that we know"),
        pytest.param("a:latest", "a", "latest", None, None, id="latest"),
        pytest.param("A/B:1.0", "a/b", "1.0", None, (1, 0, 0), id="upper case"),
        pytest.param("a:" + "9" * 5000 + ".1", "a", "9" * 5000 + ".1", None, None, id="5,000 digits"),
    ],
)
def test_images(
    text: str, repository: str, tag: str | None, digest: str | None, version: tuple[int, int, int] | None
) -> None:
    image = images.parse(text)
    assert image is not None
    assert (image.repository, image.tag, image.digest, image.version) == (repository, tag, digest, version)
    assert image.tag_known


@pytest.mark.parametrize("text", ["", "  ", ":1", HOLE, f"{HOLE}/a:1", f"a{HOLE}", "@sha256:ab"])
def test_image_whose_repository_is_unknown_is_none(text: str) -> None:
    assert images.parse(text) is None


def test_image_with_an_unknown_tag() -> None:
    image = images.parse(f"a:v{HOLE}")
    assert image is not None
    assert (image.repository, image.tag, image.tag_known, image.version) == ("a", None, False, None)


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "host", "port", "written", "path"),
    [
        pytest.param("api:8000", "api", 8000, True, "", id="host and port"),
        pytest.param("API", "api", None, False, "", id="a host alone"),
        pytest.param("10.0.0.1:80", "10.0.0.1", 80, True, "", id="an address"),
        pytest.param("[::1]:80", "::1", 80, True, "", id="IPv6 with a port"),
        pytest.param("[::1]", "::1", None, False, "", id="IPv6 in brackets"),
        pytest.param("fe80::1", "fe80::1", None, False, "", id="IPv6 bare"),
        pytest.param("http://a/b?c=d", "a", 80, False, "/b?c=d", id="a URL without a port"),
        pytest.param("https://u:p@a.b:1/x", "a.b", 1, True, "/x", id="a URL with a user"),
        pytest.param("http://[::1]:9/x", "::1", 9, True, "/x", id="a URL of IPv6"),
        pytest.param("grpc://a", "a", 443, False, "", id="another scheme"),
        pytest.param("nope://a", "a", None, False, "", id="a scheme without a port of its own"),
        pytest.param("http://a#b", "a", 80, False, "#b", id="a fragment"),
        pytest.param("a_b.c-d.:1", "a_b.c-d.", 1, True, "", id="a name as containers have them"),
    ],
)
def test_addresses(text: str, host: str, port: int | None, written: bool, path: str) -> None:
    found = addresses.parse_target(text)
    assert found is not None
    assert (found.host, found.port, found.port_written, found.path) == (host, port, written, path)
    assert text[slice(*found.host_at)].lower() == host


@pytest.mark.parametrize(
    "text",
    ["", ":80", "a:b", "a:99999", "a:-1", "a:٣", "[::1", "[::1]x80", "[::1]80", "[]:80", "a b:1", "{{ host }}:80", HOLE,
     f"{HOLE}:80", "http://", "http:///x", "http://a b/", "://a", "a/b:80", "-a:80", "http://$X:80/", "http://a:99999/"],
)  # fmt: skip
def test_what_is_no_address_is_none(text: str) -> None:
    assert addresses.parse_target(text) is None


@pytest.mark.parametrize(
    ("host", "loopback", "bare", "ip", "is_host"),
    [
        ("localhost", True, False, False, False), ("127.0.0.5", True, False, True, False),
        ("::1", True, False, True, False),
        ("api", False, True, False, False), ("api.", False, True, False, False), ("a.b", False, False, False, False),
        ("10.0.0.1", False, False, True, False), ("host.docker.internal", False, False, False, True),
    ],
)  # fmt: skip
def test_what_a_host_is(host: str, loopback: bool, bare: bool, ip: bool, is_host: bool) -> None:
    found = Address(host, None, False, (0, 0))
    assert (found.is_loopback, found.is_bare, found.is_ip, found.is_host) == (loopback, bare, ip, is_host)


def test_host_of_a_url_with_white_space_around_it_is_placed_in_the_text_as_written() -> None:
    text = "  http://u@api:1/ "
    found = addresses.parse_url(text)
    assert found is not None
    assert text[slice(*found.host_at)] == "api"


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab1.:/[]@-_ \x00é٣?#"), max_size=20))
def test_any_text_is_no_address_or_one_within_the_text(text: str) -> None:
    found = addresses.parse_target(text)
    if found is not None:
        assert text[slice(*found.host_at)].lower() == found.host != ""


# --- flags ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param(
            ["--a=b", "-c=d=e"], [("a", "b", 0, 4), ("c", "d=e", 1, 3)], id="one dash or two, the first equals"
        ),
        pytest.param(["--a", "b", "--c"], [("a", "b", 1, 0), ("c", None, 2, 0)], id="a value as a word of its own"),
        pytest.param(["--a", "--b=c"], [("a", None, 0, 0), ("b", "c", 1, 4)], id="a switch before a flag"),
        pytest.param(["--a="], [("a", "", 0, 4)], id="an empty value"),
        pytest.param(["x", "-", "--a", "--", "--b"], [("a", None, 2, 0)], id="nothing behind two dashes"),
        pytest.param([], [], id="no words"),
    ],
)
def test_flags(words: list[str], found: list[tuple[str, str | None, int, int]]) -> None:
    assert list(flags.parse(words)) == found


# --- shell words ------------------------------------------------------------------------------------------------------


@settings(max_examples=500)
@given(st.text(st.sampled_from("ab-= \t\n'\"\\#é\xa0"), max_size=24))
@example("a\\ b 'c d'\"e\" ''")
def test_shell_words_are_those_of_shlex(text: str) -> None:
    assume(not re.search(r"\\[\n$`]", text))  # shlex keeps a line end behind a backslash, a shell does not
    try:
        expected = shlex.split(text)
    except ValueError:
        shellwords.split(text)
        return
    found = shellwords.split(text)
    assert [word for word, _, _ in found] == expected
    position = 0
    for word, start, end in [*found, ("", len(text), len(text))]:
        assert text[position:start].strip(" \t\r\n") == ""
        assert shlex.split(text[start:end]) == [word] * (start < len(text))
        position = end


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("a 'b c", ["a", "b c"], id="an open quote runs to the end"),
        pytest.param("a \\\n  b", ["a", "b"], id="a line end behind a backslash"),
        pytest.param("a \\", ["a", "\\"], id="a backslash at the end"),
        pytest.param('"\\$A \\` \\x"', ["$A ` \\x"], id="escapes in double quotes"),
        pytest.param("'a\\'", ["a\\"], id="no escapes in single quotes"),
        pytest.param("a\x0bb\u3000c", ["a\x0bb\u3000c"], id="only the white space of a shell separates"),
    ],
)
def test_shell_words_where_shlex_differs(text: str, words: list[str]) -> None:
    assert [word for word, _, _ in shellwords.split(text)] == words


# --- globs ------------------------------------------------------------------------------------------------------------

BAD = None
GLOBS = [  # pattern, name, Go's answer
    ("abc", "abc", True), ("*", "abc", True), ("*c", "abc", True), ("a*", "a", True), ("a*", "abc", True),
    ("a*", "ab/c", False), ("a*/b", "abc/b", True), ("a*/b", "a/c/b", False), ("*.yml", ".yml", True),
    ("a*b*c*d*e*/f", "axbxcxdxe/f", True), ("a*b*c*d*e*/f", "axbxcxdxexxx/f", True),
    ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", False), ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", False),
    ("a*b?c*x", "abxbbxdbxebxczzx", True), ("a*b?c*x", "abxbbxdbxebxczzy", False), ("ab[c]", "abc", True),
    ("ab[b-d]", "abc", True), ("ab[e-g]", "abc", False), ("ab[^c]", "abc", False), ("ab[^e-g]", "abc", True),
    ("a\\*b", "a*b", True), ("a\\*b", "ab", False), ("a?b", "a☺b", True), ("a[^a]b", "a☺b", True),
    ("a???b", "a☺b", False),
    ("[a-ζ]*", "α", True), ("*[a-ζ]", "A", False), ("a?b", "a/b", False), ("a*b", "a/b", False), ("[\\]a]", "]", True),
    ("[\\-]", "-", True), ("[x\\-]", "x", True), ("[x\\-]", "z", False), ("[\\-x]", "a", False), ("[]a]", "]", BAD),
    ("[-]", "-", BAD), ("[x-]", "x", BAD), ("[-x]", "x", BAD), ("\\", "a", BAD), ("[a-b-c]", "a", BAD), ("[", "a", BAD),
    ("[^", "a", BAD), ("[^bc", "a", BAD), ("a[", "a", BAD), ("*x", "xxx", True), ("**", "a", True), ("", "", True),
    ("", "a", False), ("[z-a]", "m", False), ("[^z-a]", "m", True), ("[a^]", "^", True), ("[!a]", "!", True),
    ("a.c", "abc", False), ("*", "a\nb", True), ("[[]", "[", True), ("a]", "a]", True), ("{a,b}", "a", False),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "name", "matches"), GLOBS)
def test_globs(pattern: str, name: str, matches: bool | None) -> None:
    compiled = globs.compile_glob(pattern)
    assert (None if compiled is None else compiled.match(name) is not None) == matches


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/var/log/*.log", "/var/log/a.log", True),
        ("/var/log/*.log", "/var/log/a/b.log", False),
        ("/var/log/**/*.log", "/var/log/b.log", True),
        ("/var/log/**/*.log", "/var/log/a/c/b.log", True),
        ("/var/**", "/var", True),
        ("/var/**", "/var/log/a", True),
        ("**/a/**/b", "x/a/a/b/b", True),
        ("**/a/**/b", "x/b/a", False),
        ("/srv/**", "/var/log", False),
        ("/var/log/a**", "/var/log/ab", True),
        ("/var/log/a**", "/var/log/a/b", False),
        ("/var/{a,b}", "/var/a", None),
        ("/var/[", "/var/a", None),
    ],
)
def test_globs_of_trees(pattern: str, path: str, matches: bool | None) -> None:
    assert globs.tree_match(pattern, path) is matches


@pytest.mark.parametrize(
    ("narrow", "wide", "covered"),
    [
        ("/var/log/nginx/*.log", "/var/log/**/*.log", True),
        ("/var/log/nginx/*.log", "/var/log/*.log", False),
        ("/var/log/**/*.log", "/var/log/nginx/*.log", False),
        ("/var/log/syslog", "/var/log/*", True),
        ("/var/log/app-?.log", "/var/log/app-*", True),
        ("/var/log/*log", "/var/log/*.log", False),
        ("/var/log/[ab].log", "/var/log/*.log", None),
    ],
)
def test_what_a_pattern_covers(narrow: str, wide: str, covered: bool | None) -> None:
    sample = globs.tree_sample(narrow)
    assert (None if sample is None else globs.tree_match(wide, sample)) is covered


def test_a_hostile_pattern_of_trees_takes_no_time() -> None:
    start = time.process_time()
    assert globs.tree_match("**/a/" * 300 + "b", "a/" * 300 + "c") is False
    assert time.process_time() - start < 2


def test_hostile_glob_takes_no_time() -> None:
    compiled = globs.compile_glob("*a" * 60 + "*b")
    assert compiled is not None
    start = time.process_time()
    assert compiled.match("a" * 4000) is None
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("pattern", "directory", "is_glob"),
    [
        ("a/b/*.yml", "a/b", True),
        ("*.yml", "", True),
        ("/*.yml", "/", True),
        ("/a/b", "/a", False),
        ("a/b?/c", "a", True),
    ],
)
def test_static_directory(pattern: str, directory: str, is_glob: bool) -> None:
    assert (globs.static_directory(pattern), globs.is_glob(pattern)) == (directory, is_glob)


PROGRAM = r"""package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	words := strings.Split(string(input), "\x00")
	for i := 0; i+1 < len(words); i += 2 {
		matched, err := filepath.Match(words[i], words[i+1])
		switch {
		case err != nil:
			os.Stdout.WriteString("bad ")
		case matched:
			os.Stdout.WriteString("yes ")
		default:
			os.Stdout.WriteString("no ")
		}
	}
}
"""


@pytest.fixture(scope="module")
def go_match(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Go's own `filepath.Match`, compiled."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not installed")
    directory = tmp_path_factory.mktemp("match")
    (directory / "main.go").write_text(PROGRAM)
    program = directory / "match"
    done = subprocess.run(
        [go, "build", "-o", program, "main.go"], cwd=directory, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return program


PIECES = st.sampled_from(
    ["*", "?", "a", "b", "/", "[", "]", "^", "-", "\\", "[a-b]", "[^a]", "é", ".", "[^/]", "\n", "!"]
)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(PIECES, max_size=8).map("".join),
            st.text(st.sampled_from("ab/é.-]^[*\\\n"), max_size=6),
        ),
        min_size=1,
        max_size=200,
    )
)
def test_globs_match_what_go_matches(go_match: Path, cases: list[tuple[str, str]]) -> None:
    cases += [(pattern, name) for pattern, name, _ in GLOBS]
    written = "\0".join(word for case in cases for word in case)
    done = subprocess.run([go_match], input=written.encode(), capture_output=True, check=True)
    for (pattern, name), answer in zip(cases, done.stdout.decode().split(), strict=True):
        compiled = globs.compile_glob(pattern)
        if compiled is None:
            assert answer != "yes", (pattern, name)  # Go stops at the first character that does not match
        else:
            assert answer == ("yes" if compiled.match(name) else "no"), (pattern, name)


def test_names_of_variables_are_those_of_compose() -> None:
    for char in string.printable:
        found = interpolation.interpolate(f"${char}", {char: "!"}).text
        expected = "!" if char.isalpha() or char == "_" else "$" if char == "$" else f"${char}"
        assert found == expected, char
