"""Durations: the grammars, their limits, and what is said when they are broken."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obslint.lang.durations import format_duration, go_duration, grafana_span, prometheus_duration

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        pytest.param("0", 0, id="a bare zero needs no unit"),
        pytest.param("0s", 0, id="zero with a unit"),
        pytest.param("324ms", 324, id="milliseconds"),
        pytest.param("3s", 3 * SECOND, id="seconds"),
        pytest.param("5m", 5 * MINUTE, id="m is minutes, not milliseconds"),
        pytest.param("1h", HOUR, id="hours"),
        pytest.param("15d", 15 * DAY, id="a day has 24 hours"),
        pytest.param("3w", 21 * DAY, id="a week has 7 days"),
        pytest.param("10y", 3650 * DAY, id="a year has 365 days"),
        pytest.param("1h30m", 90 * MINUTE, id="units are added"),
        pytest.param("1y2w3d4h5m6s7ms", (365 + 14 + 3) * DAY + 4 * HOUR + 5 * MINUTE + 6 * SECOND + 7, id="all units"),
        pytest.param("0000000000000000000000005m", 5 * MINUTE, id="leading zeros do not count"),
        pytest.param("292y", 292 * 365 * DAY, id="as long as 64-bit nanoseconds allow"),
    ],
)
def test_prometheus_duration(text: str, milliseconds: int) -> None:
    assert prometheus_duration(text) == milliseconds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "empty duration", id="nothing"),
        pytest.param("1", "`1` has no unit", id="a number without unit"),
        pytest.param("5m1", "`1` has no unit", id="a second number without unit"),
        pytest.param("5m1h", "from the biggest to the smallest", id="hours after minutes"),
        pytest.param("1m1m", "each once", id="a unit twice"),
        pytest.param("1d1d1s", "each once", id="a unit twice, then another"),
        pytest.param("-1w", "a number is expected", id="no sign"),
        pytest.param("1.5d", "has a fraction", id="no fractions"),
        pytest.param("d", "a number is expected", id="a unit alone"),
        pytest.param("1min", "unknown unit `min`", id="units are not spelled out"),
        pytest.param("1D", "unknown unit `D`", id="units are lower case"),
        pytest.param("1h ", "unknown unit `h `", id="no blanks"),
        pytest.param("10µs", "unknown unit `µs`", id="nothing below a millisecond"),
        pytest.param("٣s", "a number is expected", id="ASCII digits only"),
        pytest.param("294y", "out of range", id="too long for 64 bits"),
        pytest.param("9" * 10_000 + "s", "out of range", id="more digits than Python reads"),
    ],
)
def test_prometheus_duration_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        prometheus_duration(text)


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        pytest.param("0", 0, id="a bare zero needs no unit"),
        pytest.param("-0", 0, id="even a negative one"),
        pytest.param("5s", 5_000_000_000, id="seconds"),
        pytest.param("+5s", 5_000_000_000, id="a plus sign"),
        pytest.param("-1.5s", -1_500_000_000, id="a negative fraction"),
        pytest.param(".5s", 500_000_000, id="no digit before the point"),
        pytest.param("5.s", 5_000_000_000, id="no digit after the point"),
        pytest.param("1h30m", 5_400_000_000_000, id="units are added"),
        pytest.param("30m1h", 5_400_000_000_000, id="in any order"),
        pytest.param("1s1s", 2_000_000_000, id="more than once"),
        pytest.param("10us", 10_000, id="microseconds in ASCII"),
        pytest.param("10µs", 10_000, id="microseconds with the micro sign"),
        pytest.param("10μs", 10_000, id="microseconds with a Greek letter"),
        pytest.param("0.9999999999s", 999_999_999, id="cut at a nanosecond"),
        pytest.param("0." + "3" * 10_000 + "s", 333_333_333, id="a fraction longer than Python reads"),
        pytest.param("9223372036854775807ns", 2**63 - 1, id="as long as 64 bits allow"),
    ],
)
def test_go_duration(text: str, nanoseconds: int) -> None:
    assert go_duration(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "empty duration", id="nothing"),
        pytest.param("-", "not a duration", id="a sign alone"),
        pytest.param("3", "missing unit", id="a number without unit"),
        pytest.param("s", "a number is expected", id="a unit alone"),
        pytest.param(".s", "a number is expected", id="a point alone"),
        pytest.param("15d", "unknown unit `d`", id="no days"),
        pytest.param("1h-1m", "unknown unit `h-`", id="a sign only in front"),
        pytest.param("1 h", "unknown unit ` h`", id="no blanks"),
        pytest.param("9223372036854775808ns", "out of range", id="too long for 64 bits"),
        pytest.param("9" * 10_000 + "h", "out of range", id="more digits than Python reads"),
    ],
)
def test_go_duration_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        go_duration(text)


@given(st.text(alphabet="0123456789.+-ywdhmsnuµ x", max_size=12))
def test_no_text_raises_anything_but_value_error(text: str) -> None:
    results = []
    for read in (prometheus_duration, go_duration):
        try:
            results.append(read(text))
        except ValueError as error:
            assert str(error)
    if len(results) == 2:  # what both grammars accept means the same in both
        assert results[0] * 1_000_000 == results[1]


@given(st.integers(0, 10**12))
def test_the_grammars_agree_on_their_common_part(milliseconds: int) -> None:
    hours, rest = divmod(milliseconds, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    text = f"{hours}h{minutes}m{rest // SECOND}s{rest % SECOND}ms"
    assert prometheus_duration(text) == milliseconds
    assert go_duration(text) == milliseconds * 1_000_000


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0s"), (SECOND, "1s"), (90 * SECOND, "1m30s"), (15 * DAY, "15d"), (DAY + HOUR + 1, "1d1h1ms")],
)
def test_durations_are_written_as_prometheus_does(milliseconds: int, text: str) -> None:
    assert format_duration(milliseconds) == text


@given(st.integers(0, 10**12))
def test_what_is_written_can_be_read(milliseconds: int) -> None:
    assert prometheus_duration(format_duration(milliseconds)) == milliseconds


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("15s", 15 * SECOND), ("60", 60 * SECOND), (" 7d ", 7 * DAY), ("1M", 30 * DAY), ("1y", 365 * DAY), ("500ms", 500)],
)
def test_spans_of_grafana(text: str, milliseconds: int) -> None:
    assert grafana_span(text) == milliseconds


@pytest.mark.parametrize("text", ["", "now/d", "1h30m", "$interval", "-1d", "1.5h", "9" * 5000 + "y", "400y"])
def test_no_spans_of_grafana(text: str) -> None:
    with pytest.raises(ValueError, match=r"span of time|out of range"):
        grafana_span(text)
