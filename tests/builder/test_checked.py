from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from typing import NamedTuple

import pytest

from funcs_builder.checked import checked


@checked
class Share(NamedTuple):
    """A part of a whole."""

    part: int
    whole: int = 100

    def check(self) -> None:
        """Refuse more than there is."""
        if self.part > self.whole:
            raise ValueError(f"{self.part} of {self.whole}")


def test_a_value_that_is_right_is_what_it_would_be_unchecked() -> None:
    share = Share(1, whole=2)

    assert (1, 2) == share
    assert "Share(part=1, whole=2)" == repr(share)
    assert ["part", "whole"] == list(inspect.signature(Share).parameters)


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
def test_a_copy_is_equal(again: Callable[[Share], Share]) -> None:
    assert Share(1, 2) == again(Share(1, 2))


@pytest.mark.parametrize(
    "made",
    [
        lambda: Share(101),
        lambda: Share(part=3, whole=2),
        lambda: Share(1)._replace(whole=0),
        lambda: Share._make([3, 2]),
    ],
)
def test_what_is_wrong_is_refused_however_it_is_made(made: Callable[[], Share]) -> None:
    with pytest.raises(ValueError, match=" of "):
        made()


def test_a_field_that_is_not_there_is_refused_as_ever() -> None:
    with pytest.raises(TypeError, match="unexpected keyword"):
        Share(1, parts=2)  # type: ignore[call-arg]
