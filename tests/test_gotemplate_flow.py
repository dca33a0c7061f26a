"""What of a Go template puts a value into the text."""

from __future__ import annotations

import pytest

from obslint.knowledge.templates import template_language
from obslint.lang import gotemplate
from obslint.lang.gotemplate_flow import printed

LANGUAGE = template_language("prometheus")


def found(text: str) -> list[str]:
    template = gotemplate.parse(text, LANGUAGE.functions, LANGUAGE.variables)
    assert template.problem is None
    return [text[part.start : part.end] for part in printed(template, ("$value", ".Value", "value"))]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("{{ $value }}", ["$value"]),
        ("{{ .Value }} and {{- $value -}}", [".Value", "$value"]),
        ("{{ $.Value }}", ["$.Value"]),
        ('{{ printf "%.0f" $value }}', ["$value"]),
        ('{{ $value | printf "%.0f" | title }}', ["$value"]),
        ("{{ ($value | humanize) }}", ["$value"]),
        ("{{ with $value }}{{ . | humanize }}{{ end }}", ["$value"]),
        ("{{ $v := $value }}{{ if gt $v 3.0 }}{{ $v }}{{ end }}", ["$value"]),
        ('{{ with "" }}a{{ else with $value }}{{ . }}{{ end }}', ["$value"]),
        ('{{ range query "up" }}{{ .Value }}{{ end }}', [".Value"]),
        ('{{ range $i, $s := query "up" }}{{ $s.Labels.job }}{{ $s.Value }}{{ end }}', ["$s.Value"]),
        ('{{ query "up" | first | value }}', ["value"]),
        ('{{ (query "up" | first).Value }}', ['(query "up" | first).Value']),
        ('{{ or "" $value }}', ["$value"]),
    ],
)
def test_value_is_printed(text: str, parts: list[str]) -> None:
    assert found(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "warning",
        "{{ $labels.job }}",
        "{{ if gt $value 90.0 }}critical{{ else if $value }}warning{{ else }}info{{ end }}",
        "{{ gt $value 90.0 }}",
        "{{ $high := gt $value 90.0 }}{{ $high }}",
        "{{ $v := $value }}",
        '{{ $v := $value }}{{ $v = "a" }}{{ $v }}',
        "{{ with $value }}a{{ else }}{{ . }}{{ end }}",
        "{{ with $value }}a{{ end }}{{ . }}",
        "{{ $labels.Value }} {{ .Labels.Value }} {{ $externalLabels.Value }} {{ .ExternalLabels.Value }}",
        '{{ query (printf "up > %f" $value) | first | label "job" }}',
        '{{ with query "up" }}{{ . | first | label "job" }}{{ end }}',
        '{{ range query "up" }}{{ .Labels.job }}{{ end }}',
        '{{ define "a" }}{{ .Value }}{{ end }}',
        '{{ "$value" }} {{/* $value */}}',
    ],
)
def test_value_is_not_printed(text: str) -> None:
    assert found(text) == []


def test_deep_parentheses_do_not_crash() -> None:
    text = "{{ " + "(" * 90 + "$value" + ")" * 90 + " }}"
    assert found(text) == ["$value"]
