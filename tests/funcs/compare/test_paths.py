"""Places in an answer, and the patterns that cover them."""

from __future__ import annotations

import pytest

from funcs.compare.paths import Pattern, PatternError, Place, text_of


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (("status",), "status"),
        (("headers", "content-type"), "headers.content-type"),
        (("body", "outputs", 0, "data", 12), "body.outputs[0].data[12]"),
        (("body", "a.b", "c d", "*"), 'body["a.b"]["c d"]["*"]'),
        (("body", 'quote"', "[0]"), 'body["quote\\""]["[0]"]'),
    ],
)
def test_a_place_is_printed_so_that_it_can_be_read_again(place: Place, text: str) -> None:
    assert text == text_of(place)
    assert Pattern.parse(text).covers(place)


@pytest.mark.parametrize(
    ("pattern", "place", "is_covered"),
    [
        ("id", ("body", "id"), True),
        ("id", ("body", "other"), False),
        ("status", ("status",), True),
        ("body.status", ("body", "status"), True),
        ("headers.X-Trace", ("headers", "x-trace"), True),
        ("outputs[*].parameters", ("body", "outputs", 3, "parameters", "took"), True),
        ("outputs[1]", ("body", "outputs", 0), False),
        ("**.took", ("body", "a", 0, "b", "took"), True),
        ("**.took", ("body", "a"), False),
        ("body", ("body", "anything"), True),
        ("body.*", ("body",), False),
        ('body["*"]', ("body", "a"), False),
        ('body["**"]', ("body", "a", "b"), False),
    ],
)
def test_a_pattern_covers_its_place_and_all_below(
    pattern: str, place: Place, is_covered: bool
) -> None:
    assert is_covered is Pattern.parse(pattern).covers(place)


@pytest.mark.parametrize(
    "text",
    [
        "", ".id", "a[", "a[x]", 'a["b]', "a..b", r'a["\q"]', "a[" + "9" * 5000 + "]",
        "a*", "a.b*", "*a", "a[0]b", "a.", "**", "**.**",
    ],
)  # fmt: skip
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(PatternError, match="path"):
        Pattern.parse(text)
