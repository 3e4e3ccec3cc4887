"""How a graph says what is wrong with it, and which step failed an event."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from funcs.errors import EventError, GraphError, LoadError, RequestError, StepError
from funcs.record import Record


class Problem(Record):
    """One thing that keeps a graph from running: what, where, and how to fix it."""

    what: str
    fix: str = ""
    where: str = ""


class PlanError(GraphError):
    """Every problem of one graph; ``what``, ``where`` and ``fix`` are the first one's."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(first.what, where=first.where, fix=first.fix)

    def __str__(self) -> str:
        return "\n".join(
            str(GraphError(problem.what, where=problem.where, fix=problem.fix))
            for problem in self.problems
        )

    def sentence(self) -> str:
        """All of them on one line."""
        return "; ".join(
            GraphError(problem.what, where=problem.where, fix=problem.fix).sentence()
            for problem in self.problems
        )


class Answered(Exception):
    """Leaves branches that run at once with the answer of the whole event."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


def failed(error: BaseException, step: str, value: object, model: str = "") -> EventError:
    """The error to raise for ``step``: user code's wrapped, ours with its place filled in."""
    if not isinstance(error, EventError):
        return StepError(_sayable(error), step=step, model=model, value=value)
    error.step = error.step or step
    error.model = error.model or model
    return error


def _sayable(error: BaseException) -> BaseException:
    """``error``, or one with its name alone where user code's ``__str__`` fails in turn."""
    try:
        str(error)
    except Exception:
        return RuntimeError(f"{type(error).__name__}, which cannot be put in words")
    return error


def caught(error: BaseException, step: str, value: object) -> StepError:
    """What an error handler is given; a refusal of the request is not its to handle.

    Raises:
        RequestError: ``error`` is one.
    """
    failure = failed(error, step, value)
    if isinstance(failure, RequestError):
        raise failure
    if isinstance(failure, StepError):
        return failure
    return StepError(failure, step=failure.step, model=failure.model, value=value)


def not_loaded(what: str, cause: BaseException, folder: Path) -> LoadError:
    """``what`` could not be made ready because of ``cause``, at the user's own line."""
    if isinstance(cause, LoadError):
        return LoadError(f"{what}: {cause.what}", where=cause.where, fix=cause.fix)
    return LoadError(f"{what}: {type(cause).__name__}: {cause}", where=_line(cause, folder))


def _line(error: BaseException, folder: Path) -> str:
    """``file:line`` of the last frame in the user's folder, "" if there is none."""
    place, trace, root = "", error.__traceback__, folder.resolve()
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if root in file.parents:
            place = f"{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
