"""What the checks of several kinds share: how Go reads a field, and the HTTP client settings of Prometheus' makers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from obslint.facts.common import Fault
from obslint.findings import Place
from obslint.lang.references import rendered
from obslint.lang.tokens import check_regex, re2_pattern, shortened
from obslint.parse import Cursor

_WORD = re.compile(r"[A-Z0-9_]+|<[^>]*>|__\w+__|@\w+@|%\w+%|\$\w+|")
_TLS = ("TLS10", "TLS11", "TLS12", "TLS13")
_RESERVED = frozenset(
    ("authorization", "host", "content-encoding", "content-length", "content-type", "user-agent", "connection",
     "keep-alive", "proxy-authenticate", "proxy-authorization", "www-authenticate")
)  # fmt: skip
"""HTTP headers that the client sets itself (prometheus/common `config/headers.go`)."""


def placeholder(text: str) -> bool:
    """Whether a text merely stands for a value that is put in later: `<url>`, `__URL__`, `WEBHOOK_URL`."""
    return rendered(text) or _WORD.fullmatch(text) is not None


def said(cursor: Cursor) -> bool:
    """Whether a field is more than Go's zero value: neither missing, null, an empty text nor an empty list."""
    return cursor.value not in (None, "", [])


def meaning(
    message: str,
    place: Place,
    help: str = "",
    other: Place | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Fault:
    return Fault("meaning", message, place, help, other, since, until)


def listed(names: list[str] | tuple[str, ...], last: str = "and") -> str:
    """`a`, `b` and `c`."""
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"


def at_most_one(cursor: Cursor, *names: str) -> Iterator[Fault]:
    """Keys that exclude each other."""
    found = [name for name in names if said(cursor.get(name))]
    if len(found) > 1:
        yield meaning(
            f"{listed(found)} exclude each other",
            cursor.get(found[1]).key,
            "keep one of them",
            cursor.get(found[0]).key,
        )


def needs(cursor: Cursor, what: str, *names: str) -> Iterator[Fault]:
    """Keys of which one must be set; what is there but empty is pointed at."""
    if not any(said(cursor.get(name)) for name in names):
        empty = next((name for name in names if name in cursor), None)
        place = cursor.place if empty is None else cursor.get(empty).key
        one = "" if len(names) == 1 else "one of "
        yield meaning(f"{what} needs {one}{listed(names, 'or')}", place, f"set {listed(names, 'or')}")


def duplicates(cursors: list[Cursor], what: str) -> Iterator[Fault]:
    """Names that stand twice."""
    first: dict[str, Cursor] = {}
    for cursor in cursors:
        name = cursor.text
        if not name or rendered(name):
            continue
        if name in first:
            message = f"the {what} `{shortened(name)}` is there twice"
            yield meaning(message, cursor.place, "rename or remove one of the two", first[name].place)
        else:
            first[name] = cursor


def http_url(cursor: Cursor, what: str) -> Iterator[Fault]:
    """A URL that must be `http` or `https` with a host."""
    text = cursor.text
    if not text or placeholder(text):
        return
    try:
        parts = urlsplit(text)
    except ValueError:
        return
    if parts.scheme not in ("http", "https"):
        wrong = f"begins with `{shortened(parts.scheme)}:`" if "://" in text and parts.scheme else "has no scheme"
        yield meaning(f"the URL of {what} {wrong}", cursor.place, "begin it with `http://` or `https://`")
    elif not parts.netloc:
        yield meaning(f"the URL of {what} has no host", cursor.place, "write the host behind `//`")


def regex(text: str) -> str | None:
    """Why RE2 refuses an anchored regex; None where it takes it."""
    try:
        check_regex(f"^(?:{text})$")
    except ValueError:
        try:
            re2_pattern(text)
        except ValueError as error:
            what, _, detail = str(error).partition(": ")
            shown = f" `{shortened(detail)}`" if detail and detail != text else ""
            return f"the regex `{shortened(text)}` does not compile: {what}{shown}"
        return f"the regex `{shortened(text)}` does not compile: its brackets do not match"
    return None


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)")
_BAD_HOST = re.compile(r"[ {}|\\^`\x00-\x1f\x7f]")


def go_url(text: str) -> str | None:
    """Why Go's `url.Parse` refuses a text; None where it takes it or where we do not know better."""
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        return "it holds a control character"
    if text.startswith(":"):
        return "the scheme is missing"
    scheme = _SCHEME.match(text)
    rest = text[scheme.end() + 1 :] if scheme else text
    if not rest.startswith("/"):
        if scheme is None and ":" in rest.partition("/")[0]:
            return "its first part holds a `:`, as only a scheme may"
        return None
    if rest.startswith("//"):
        host = re.split(r"[/?#]", rest[2:], maxsplit=1)[0].rpartition("@")[2]
        if _BAD_HOST.search(host):
            return "its host holds a character that no host has"
        port = re.search(r":([^:\]]*)$", host)
        if port is not None and not re.fullmatch(r"[0-9]*", port[1]):
            return "its port is no number"  # not quoted: it may be a part of a password
    return None


def http_client(cursor: Cursor) -> Iterator[Fault]:
    """HTTP client settings, a block of their own or among others (prometheus/common `HTTPClientConfig.Validate`).

    What excludes each other is in the schemas.
    """
    if not isinstance(cursor.value, dict):
        return
    authorization, oauth2 = cursor.get("authorization"), cursor.get("oauth2")
    kind = authorization.get("type")
    if (kind.text or "").strip().lower() == "basic":
        yield meaning("`authorization` is not for `Basic`", kind.place, "write a `basic_auth` block instead")
    if isinstance(oauth2.value, dict):
        if "grant_type" not in oauth2:
            yield from at_most_one(oauth2, "client_secret", "client_secret_file", "client_secret_ref")
        yield from tls(oauth2.get("tls_config"))
        yield from _proxy(oauth2)
    yield from tls(cursor.get("tls_config"))
    yield from _proxy(cursor)
    for name, value in cursor.get("http_headers").pairs():
        if name.lower() in _RESERVED:
            yield meaning(f"the header `{shortened(name)}` may not be set by `http_headers`", value.key)


def _proxy(cursor: Cursor) -> Iterator[Fault]:
    if said(cursor.get("proxy_url")) or cursor.get("proxy_from_environment").flag is True:
        return
    for name, needed in (
        ("no_proxy", "`proxy_url`"),
        ("proxy_connect_header", "`proxy_url` or `proxy_from_environment`"),
    ):
        if cursor.get(name).value:
            yield meaning(f"`{name}` needs {needed}", cursor.get(name).key, f"set {needed}")


def tls(cursor: Cursor) -> Iterator[Fault]:
    """TLS settings (prometheus/common `TLSConfig.Validate`)."""
    if not isinstance(cursor.value, dict):
        return
    have = {
        part: next((name for name in (part, f"{part}_file", f"{part}_ref") if said(cursor.get(name))), None)
        for part in ("cert", "key")
    }
    for part, missing in (("cert", "key"), ("key", "cert")):
        key = have[part]
        if key is not None and have[missing] is None:
            yield meaning(
                f"a client certificate and its key come together: `{key}` without `{missing}_file`",
                cursor.get(key).key,
                f"set `{missing}_file`",
            )
    lowest, highest = cursor.get("min_version"), cursor.get("max_version")
    if lowest.text in _TLS and highest.text in _TLS and _TLS.index(lowest.text) > _TLS.index(highest.text):
        yield meaning(
            f"`min_version` {lowest.text} is above `max_version` {highest.text}", lowest.place, "", highest.place
        )
