"""The page for users says what the suite holds ours to."""

from __future__ import annotations

from scripts.nuclio_page import PAGE, page


def test_the_page_is_what_the_table_generates() -> None:
    written = PAGE.read_text(encoding="utf-8")

    assert page() == written, "run: python scripts/nuclio_page.py"
