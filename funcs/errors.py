"""The error tree: every refusal is one sentence, where it happened, and how to fix it.

FuncsError                    what we say to a person: exit code 1, no traceback
├── LoadError                 a module, attribute or file could not be loaded
├── SpecError                 function.yaml or processor.yaml is not valid
├── GraphError                the graph cannot run as it is joined
├── ProcessorError            the processor cannot start or go on
├── DeployError               a platform cannot be reached, refuses, or fails to run a function
└── EventError                one event failed; has a Kind, which each protocol words
    ├── RequestError          refused before user code ran, or by it: the client's turn
    └── StepError             user code raised: its step, its model, the cause
"""

from __future__ import annotations

from enum import Enum


class FuncsError(Exception):
    """What happened, where, and how to fix it.

    ``where`` is a place a person can open (``function.yaml:14``, ``main.py:3``, a key path);
    ``fix`` says what to do, in the imperative. Either may be empty.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  at:  {self.where}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)

    def sentence(self) -> str:
        """The same on one line, for a log record or an HTTP answer."""
        parts = [self.what]
        if self.where:
            parts.append(f"at {self.where}")
        if self.fix:
            parts.append(self.fix)
        return "; ".join(parts)

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the frames of its cells and of what they use, none of ours."""
        import traceback

        told = traceback.TracebackException.from_exception(self)
        each: traceback.TracebackException | None = told
        while each is not None:
            frames = [frame for frame in each.stack if not _is_ours(frame.filename)]
            each.stack = traceback.StackSummary.from_list(frames)
            each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
        return "".join(told.format()).splitlines()


class LoadError(FuncsError):
    """A module, an attribute or a file could not be loaded."""


class SpecError(FuncsError):
    """function.yaml or processor.yaml is not valid."""


class GraphError(FuncsError):
    """The graph cannot run as it is joined."""


class ProcessorError(FuncsError):
    """The processor cannot start or go on."""


class DeployError(FuncsError):
    """A platform cannot be reached, refuses, or fails to run a function."""


def _is_ours(file: str) -> bool:
    """Whether code of funcs, of what it uses to get there, or of what runs cells is in it."""
    from pathlib import PurePath  # a start does not wait for it

    path = PurePath(file)
    if not {"IPython", "funcs_builder"}.isdisjoint(path.parts) or path.name == "contextlib.py":
        return True
    return path.is_relative_to(PurePath(__file__).parent)


class Kind(Enum):
    """Why one event failed. Each protocol maps it to its own status and body."""

    BAD_INPUT = "bad input"
    BAD_METHOD = "bad method"
    UNKNOWN_ROUTE = "unknown route"
    UNKNOWN_MODEL = "unknown model"
    UNKNOWN_VERSION = "unknown version"
    UNKNOWN_OPERATION = "unknown operation"
    UNSUPPORTED_TYPE = "unsupported type"
    TOO_LARGE = "too large"
    NOT_READY = "not ready"
    TIMEOUT = "timeout"
    MODEL_FAILED = "model failed"
    STEP_FAILED = "step failed"


#: The HTTP status of each kind, where a protocol has no word of its own.
HTTP_STATUS: dict[Kind, int] = {
    Kind.BAD_INPUT: 400,
    Kind.BAD_METHOD: 405,
    Kind.UNKNOWN_ROUTE: 404,
    Kind.UNKNOWN_MODEL: 404,
    Kind.UNKNOWN_VERSION: 404,
    Kind.UNKNOWN_OPERATION: 404,
    Kind.UNSUPPORTED_TYPE: 415,
    Kind.TOO_LARGE: 413,
    Kind.NOT_READY: 503,
    Kind.TIMEOUT: 408,
    Kind.MODEL_FAILED: 500,
    Kind.STEP_FAILED: 500,
}


class EventError(FuncsError):
    """One event failed; the function goes on.

    ``step`` and ``model`` name the place in the graph, where known.
    """

    def __init__(
        self,
        what: str,
        *,
        kind: Kind,
        where: str = "",
        fix: str = "",
        step: str = "",
        model: str = "",
    ) -> None:
        super().__init__(what, where=where, fix=fix)
        self.kind = kind
        self.step = step
        self.model = model

    @property
    def status(self) -> int:
        """The HTTP status that fits the kind."""
        return HTTP_STATUS[self.kind]


class RequestError(EventError):
    """The request cannot be served as sent; user code may raise it too.

    >>> RequestError("'inputs' is empty", fix="send at least one row").status
    400
    """

    def __init__(
        self,
        what: str,
        *,
        kind: Kind = Kind.BAD_INPUT,
        where: str = "",
        fix: str = "",
        step: str = "",
        model: str = "",
    ) -> None:
        super().__init__(what, kind=kind, where=where, fix=fix, step=step, model=model)


class StepError(EventError):
    """User code raised: ``__cause__`` is what it raised.

    ``value`` is what the step was given, for error handlers; it is never shown to a client.
    """

    def __init__(
        self, cause: BaseException, *, step: str, model: str = "", value: object = None
    ) -> None:
        kind = Kind.MODEL_FAILED if model else Kind.STEP_FAILED
        super().__init__(f"{type(cause).__name__}: {cause}", kind=kind, step=step, model=model)
        self.__cause__ = cause
        self.value = value
