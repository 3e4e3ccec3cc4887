from __future__ import annotations

import pytest

from funcs_builder.cache import Cache
from funcs_builder.entry import Entry
from funcs_builder.errors import LayerError
from funcs_builder.source import Deferred, Listed


def test_the_order_that_entries_are_given_in_does_not_matter(cache: Cache) -> None:
    one, other = Entry.text("a", "1"), Entry.text("b/c", "2")

    assert Listed([one, other]).key(cache) == Listed([other, one]).key(cache)
    assert ["a", "b", "b/c"] == [entry.path for entry in Listed([other, one]).entries()]


def test_a_list_that_contradicts_itself_is_refused_at_once() -> None:
    with pytest.raises(LayerError):
        Listed([Entry.text("a", "1"), Entry.text("a", "2")])


def test_a_deferred_listing_is_not_called_for_its_key(cache: Cache) -> None:
    calls: list[str] = []

    def listing() -> list[Entry]:
        calls.append("called")
        return [Entry.text("a/b", "1")]

    source = Deferred("wheels:1", listing)

    assert "wheels:1" == source.key(cache)
    assert [] == calls
    assert ["a", "a/b"] == [entry.path for entry in source.entries()]


def test_a_deferred_listing_without_a_name_is_refused() -> None:
    with pytest.raises(LayerError, match="needs a name"):
        Deferred("", list)
