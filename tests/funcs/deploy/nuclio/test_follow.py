"""Several logs as one, whichever of them ends or breaks off first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue

import pytest

from funcs.deploy.nuclio.follow import Opened, followed
from funcs.errors import DeployError
from tests.funcs.deploy.listening import Listener


def whole() -> Iterator[str]:
    yield "one\n"


def broken() -> Iterator[str]:
    yield "half a li"
    raise DeployError("the line is cut")


@pytest.mark.parametrize(("one", "other"), [(whole, broken), (broken, whole)])
def test_one_that_breaks_off_is_told_whichever_ends_last(one: Opened, other: Opened) -> None:
    readers: SimpleQueue[threading.Thread] = SimpleQueue()
    listener = Listener()

    def first() -> Iterator[str]:
        readers.put(threading.current_thread())
        yield from one()

    def second() -> Iterator[str]:
        readers.get(timeout=10).join(10)
        yield from other()

    lines = list(followed({"a": first, "b": second}, listener))

    assert ["one\n"] == [line.partition("  ")[2] for line in lines]
    assert ["the line is cut"] == listener.steps


def test_where_all_break_off_the_last_is_the_error() -> None:
    with pytest.raises(DeployError, match="the line is cut"):
        list(followed({"a": broken, "b": broken}, Listener()))
