"""Links in texts for people, and URLs there that are none."""

from __future__ import annotations

import pytest

from obslint.lang import links


@pytest.mark.parametrize(
    ("text", "plain", "hosts"),
    [
        ("http://localhost:3000/d/x", False, ["localhost"]),
        (" http://localhost:3000/d/{{ $labels.x }} ", False, ["localhost"]),
        ("see http://localhost:3000", False, []),
        ("see http://localhost:3000.", True, ["localhost"]),
        ("http://localhost:9100 does not answer", False, []),
        ("[panel](http://grafana:3000/d/x) of <http://b:1|B>", False, ["grafana", "b"]),
        ("<a href='http://a:1/x'>", False, ["a"]),
        ("run `curl -s http://localhost:9090/-/ready`", True, []),
        ("http://localhost{{ .Domain }}/x", True, []),
        ("http://localhost/{{ .Path }}", True, ["localhost"]),
        ("http://[::1]:9090/x", True, ["::1"]),
        ("{{ .ExternalURL }}/#/alerts", True, []),
        ("ftp://a/x", True, []),
        ("https://", True, []),
    ],
)
def test_links(text: str, plain: bool, hosts: list[str]) -> None:
    found = list(links.find(text, plain))
    assert [link.address.host for link in found] == hosts
    for link in found:
        assert text[link.start : link.end].startswith("http")
