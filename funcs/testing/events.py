"""The events beside a function, sent to it and compared with what their answers should be."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

from funcs.cases.event import HttpEvent
from funcs.cases.folder import EventFile, event_files
from funcs.compare.difference import Difference
from funcs.emulator.answer import Answer
from funcs.emulator.call import CallError
from funcs.emulator.sample import ModelCard
from funcs.testing.requester import Requester

_MOST_FOUND = 1000
_MOST_TOLD = 20
_MOST_OF_ANSWER = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one event."""

    event: HttpEvent
    answer: Answer
    duration_s: float
    differences: tuple[Difference, ...]

    @property
    def is_as_expected(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    def lines(self) -> list[str]:
        """The differences for people; how the answer begins, where its status is another."""
        lines = [each.sentence() for each in self.differences[:_MOST_TOLD]]
        if len(self.differences) > _MOST_TOLD:
            lines.append(f"and {len(self.differences) - _MOST_TOLD} more differences")
        if any(each.path == "status" for each in self.differences) and self.answer.body:
            first, _, rest = self.answer.text[:_MOST_OF_ANSWER].partition("\n")
            is_whole = not rest and len(self.answer.text) <= _MOST_OF_ANSWER
            lines.append(f"answered: {first}{'' if is_whole else ' …'}")
        return lines


@dataclass(frozen=True, slots=True)
class EventCheck:
    """One event of ``events/``, to be sent to a function and its answer compared."""

    source: EventFile

    @property
    def name(self) -> str:
        """The file's name without ``.json``."""
        return self.source.name

    def run(self, client: Requester) -> Outcome:
        """Send the event, and compare.

        Raises:
            FuncsError: the file cannot be read, or the event not be sent.
        """
        case = self.source.read(path=default_path(client))
        event, began = case.event, perf_counter()
        headers = event.for_another_connection().headers
        try:
            answer = client.request(event.method, event.path, body=event.body, headers=headers)
        except CallError as error:
            raise CallError(error.what, where=str(self.source.file), fix=error.fix) from error
        duration_s = perf_counter() - began
        found = islice(case.expected.differences(answer), _MOST_FOUND)
        return Outcome(event, answer, duration_s, tuple(found))

    def check(self, client: Requester) -> None:
        """Send the event, and fail the test if the answer is other than expected.

        Raises:
            AssertionError: says what differs, with its path and both values.
            FuncsError: the file cannot be read, or the event not be sent.
        """
        __tracebackhide__ = True  # pytest shows the test, not this
        outcome = self.run(client)
        if not outcome.is_as_expected:
            told = "\n  ".join(outcome.lines())
            raise AssertionError(f"the answer to {self.source.file} is not as expected\n  {told}")


def default_path(client: Requester) -> str:
    """Where an event goes that does not say: to the first model, else to ``/``."""
    return ModelCard.of_label(client.models[0]).infer_path if client.models else "/"


def events(path: Path | str = ".") -> list[Any]:
    """A parameter for `pytest.mark.parametrize` for each event of a function.

    ``path`` is the function's folder or a file in it or below, such as the test's ``__file__``.

    >>> import pytest
    >>> @pytest.mark.parametrize("event", events(__file__))
    ... def test_the_events(event, funcs_client):
    ...     event.check(funcs_client)
    """
    import pytest  # whoever parametrizes has it

    checks = [EventCheck(each) for each in event_files(function_folder(Path(path)))]
    return [pytest.param(each, id=each.name) for each in checks]


def function_folder(path: Path) -> Path:
    """The nearest folder from ``path`` upwards that is a function's; else ``path``'s own."""
    path = path.resolve()
    folders = [path, *path.parents] if path.is_dir() else list(path.parents)
    for folder in folders:
        if (folder / "function.yaml").is_file() or (folder / "main.py").is_file():
            return folder
    return folders[0]
