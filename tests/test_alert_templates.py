"""What the template of an alert reads: values, labels, queries."""

from __future__ import annotations

import pytest

from obslint.knowledge.templates import template_language
from obslint.lang import gotemplate
from obslint.lang.alert_templates import Reading, read

LANGUAGE = template_language("prometheus")


def reading(text: str) -> Reading:
    template = gotemplate.parse(text, LANGUAGE.functions, LANGUAGE.variables)
    assert template.problem is None
    return read(text, template)


def found(text: str) -> list[str]:
    return [text[part.start : part.end] for part in reading(text).values]


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


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("{{ $labels.job }} {{ .Labels.instance }}", ["job", "instance"]),
        ("{{ $.Labels.job }}{{ (.Labels).instance }}", ["job", "instance"]),
        ('{{ index $labels "job" }}', ["job"]),
        ("{{ $labels.job | title }}", ["job"]),
        ('{{ printf "%s-%s" $labels.a $labels.b }}', ["a", "b"]),
        ("{{ $x := $labels.job }}{{ $x }}", ["job"]),
        ("{{ $x := $labels.job }}", []),
        ("{{ $l := .Labels }}{{ $l.job }}", ["job"]),
        ("{{ if $labels.job }}{{ $labels.job }}{{ end }}", []),
        ("{{ if $labels.job }}{{ $labels.a }}{{ else }}{{ $labels.job }}{{ end }}", ["a", "job"]),
        ("{{ with $labels.job }}{{ . }}{{ end }}", []),
        ('{{ or $labels.job "none" }}', []),
        ('{{ eq $labels.job "a" }}', []),
        ("{{ range $labels }}{{ .job }}{{ end }}", []),
        ("{{ $externalLabels.cluster }}", []),
        ('{{ define "a" }}{{ .Labels.job }}{{ end }}', []),
    ],
)
def test_labels_of_the_alert(text: str, labels: list[str]) -> None:
    assert [use.name for use in reading(text).labels if use.query is None] == labels


@pytest.mark.parametrize(
    ("text", "query", "labels"),
    [
        ('{{ range query "sum(up)" }}{{ .Labels.a }}{{ end }}', "sum(up)", ["a"]),
        ('{{ range $i, $s := query "up" }}{{ $s.Labels.a }}{{ end }}', "up", ["a"]),
        ('{{ query "up" | first | value }}', "up", []),
        ('{{ query "up" | first | label "a" }}', "up", ["a"]),
        ('{{ "up" | query | first | label "a" }}', "up", ["a"]),
        ('{{ (query "up" | first).Labels.a }}', "up", ["a"]),
        ('{{ (index (query "up") 0).Labels.a }}', "up", ["a"]),
        ('{{ with query "up" }}{{ . | first | label "a" }}{{ end }}', "up", ["a"]),
        ('{{ $q := "up" }}{{ with query $q }}{{ (first .).Labels.a }}{{ end }}', "up", ["a"]),
        (
            '{{ with printf "up{job=\'%s\'}" .Labels.b | query }}{{ . | first | label "a" }}{{ end }}',
            "up{job='xx'}",
            ["a"],
        ),
        ('{{ printf "up > %.2f" $value | query | first | value }}', None, []),
    ],
)
def test_queries_and_labels_of_what_they_find(text: str, query: str | None, labels: list[str]) -> None:
    found = reading(text)
    assert [use.text for use in found.queries] == ([query] if query is not None else [])
    assert [use.name for use in found.labels if use.query is not None] == labels
    for use in found.queries:
        assert use.start is not None
        assert len(text[use.start : use.end]) == len(use.text)


@pytest.mark.parametrize(
    ("text", "functions", "after"),
    [
        ("{{ $value }}%", (), "%"),
        ("{{ $value | humanizePercentage }}", ("humanizePercentage",), ""),
        ('{{ $value | printf "%.2f" }} s', ("printf %.2f",), " s"),
        ('{{ printf "%.1f" (humanize $value) }}', ("humanize", "printf %.1f"), ""),
    ],
)
def test_how_the_value_is_shown(text: str, functions: tuple[str, ...], after: str) -> None:
    (use,) = reading(text).values
    assert (use.functions, use.after, use.own) == (functions, after, True)
