from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.processor.duration import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1h1m1s", 3661.0), ("1.5s", 1.5), (".5s", 0.5), ("-2ms", -0.002), ("0", 0.0), ("3us", 3e-6)],
)
def test_a_duration_is_read_as_go_reads_it(text: str, seconds: float) -> None:
    assert seconds == pytest.approx(parse_duration(text))


@given(st.text(max_size=12))
def test_any_text_is_a_duration_or_refused_with_gos_words(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        outcome = str(error)
    else:
        outcome = type(seconds).__name__

    assert outcome in ("float", f'time: invalid duration "{text}"')
