"""A graph that can run, as data: what ``Graph.plan()`` answers and the compiler takes."""

from __future__ import annotations

from funcs.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeAlias

#: Keyword arguments, in the author's order.
Args: TypeAlias = "tuple[tuple[str, Any], ...]"
StepKind: TypeAlias = "Literal['task', 'model', 'router']"


class PlannedRoute(Record):
    """One model behind a router; ``key`` is ``name`` or ``name:version``.

    ``target`` is a Model class, a Model, or ``"module:Class"``.
    """

    key: str
    target: Any
    path: str = ""
    params: Args = ()


class PlannedHandler(Record):
    """What is called with the StepError of a failed step.

    Its result goes on to the step ``before``, or answers the event where that is "".
    """

    name: str
    target: Any
    args: Args = ()
    method: str = ""
    before: str = ""


class PlannedStep(Record):
    """One step.

    ``target`` is a function, a class (constructed with ``args``), an object or ``"module:name"``;
    for a router, the Router. ``method`` is the name to call on an object, "" for the usual ones.
    ``after`` names the steps whose results it gets: none, the request's inputs; several, a dict.
    """

    name: str
    kind: StepKind
    target: Any
    after: tuple[str, ...] = ()
    args: Args = ()
    method: str = ""
    input_path: str = ""
    result_path: str = ""
    full_event: bool = False
    copy: bool = False
    sink: bool = False
    routes: tuple[PlannedRoute, ...] = ()
    default: str = ""
    on_error: PlannedHandler | None = None
    where: str = ""

    def _compared(self) -> tuple[Any, ...]:
        return self._values()[:-1]  # the same step wherever it was written


class Plan(Record):
    """Steps in the order they run, each after those it waits for; valid, or not there.

    ``responder`` names the step whose result answers.
    """

    name: str
    steps: tuple[PlannedStep, ...]
    responder: str
    on_error: PlannedHandler | None = None

    def step(self, name: str) -> PlannedStep:
        """The step called ``name``."""
        return next(step for step in self.steps if step.name == name)

    def successors(self, name: str) -> tuple[str, ...]:
        """The names of the steps that get the result of ``name``, in running order."""
        return tuple(step.name for step in self.steps if name in step.after)
