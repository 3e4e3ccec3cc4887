"""What an author has said of a graph so far: steps, their neighbours, who answers."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from funcs.errors import GraphError
from funcs.graph.plan import PlannedHandler
from funcs.graph.routers import Router
from funcs.record import Record
from funcs.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self, TypeAlias

#: Names of steps, or the steps themselves.
Steps: TypeAlias = "str | Step | Iterable[str | Step] | None"


class Draft:
    """Steps and how they are joined; whether they can run is not asked here."""

    def __init__(self, name: str = "graph") -> None:
        self.name = str(name)
        self.steps: list[Step] = []
        self.on_error: PlannedHandler | None = None
        self.on_error_where = ""

    def to(
        self,
        target: Any,
        name: str = "",
        *,
        input_path: str = "",
        result_path: str = "",
        full_event: bool = False,
        handler: str = "",
        copy: bool = False,
        **args: Any,
    ) -> Step:
        """A first step, which gets the request's inputs; several run side by side.

        ``target`` is a function (plain or ``async def``), a class, constructed with ``args`` when
        the function starts, an object, ``"module:name"`` for any of these, a Router or a Model.
        On objects ``handler`` names the method to call; else it is ``do_event`` (which is given
        the whole Request, as with ``full_event``), ``do`` or the object itself. ``name`` is by
        default the target's own. A callable that has a parameter ``context`` gets the context.

        ``input_path`` is the dotted path of what the step is given of its input; its result is
        put into the input at ``result_path``. ``copy`` gives it a deep copy.
        """
        options = Options(input_path, result_path, full_event, handler, copy)
        return self._add(target, name, options, args)

    def add_step(
        self,
        target: Any,
        name: str = "",
        *,
        after: Steps = None,
        before: Steps = None,
        **options: Any,
    ) -> Step:
        """A step by the names of its neighbours, which may be added later.

        ``after`` names the steps whose results it gets, "$prev" the one added last; with several
        it gets ``{name: result}`` in the order given. ``before`` names steps that run after it;
        where such a step ran after one in ``after``, this one comes in between.
        ``options`` are those of ``to``.
        """
        names = [
            self.steps[-1] if step == "$prev" and self.steps else step for step in _list(after)
        ]
        step = self.to(target, name, **options)
        return step.after(*names).before(*_list(before))

    def error_handler(self, target: Any, name: str = "", *, handler: str = "", **args: Any) -> Self:
        """Answer for any step that fails and has no error handler of its own.

        ``target`` is called with the StepError (its ``step``, ``model``, ``value`` and cause); what
        it returns answers the event. Refusals of a request (RequestError) do not come here.
        """
        self.on_error = _handler(target, name, handler, args)
        self.on_error_where = _caller()
        return self

    def __getitem__(self, name: str) -> Step:
        for step in self.steps:
            if step.name == name:
                return step
        fix = did_you_mean(name, [step.name for step in self.steps], noun="steps")
        raise GraphError(f"graph {self.name!r} has no step {name!r}", where=_caller(), fix=fix)

    def __contains__(self, name: object) -> bool:
        return any(step.name == name for step in self.steps)

    def _add(self, target: Any, name: str, options: Options, args: dict[str, Any]) -> Step:
        if isinstance(target, type) and issubclass(target, Router):
            target, args = target(**args), {}
        step = Step(self, str(name or default_name(target)), target, options, args)
        self.steps.append(step)
        return step


class Options(Record):
    """How a step is called; see ``Draft.to``."""

    input_path: str
    result_path: str
    full_event: bool
    method: str
    copy: bool


class Step:
    """One step of a graph under construction; made by ``to`` and ``add_step``."""

    def __init__(
        self, graph: Draft, name: str, target: Any, options: Options, args: dict[str, Any]
    ) -> None:
        self.graph = graph
        self.name = name
        self.target = target
        self.options = options
        self.args = args
        self.predecessors: list[str | Step] = []
        self.followers: list[str | Step] = []
        self.responds = False
        self.is_sink = False
        self.on_error: PlannedHandler | None = None
        #: ``file:line`` where the author added it.
        self.where = _caller()

    def to(self, target: Any, name: str = "", **options: Any) -> Step:
        """A step that gets this one's result; takes what ``Draft.to`` takes."""
        return self.graph.to(target, name, **options).after(self)

    def after(self, *steps: str | Step) -> Step:
        """Run after ``steps`` too, and get their results."""
        self.predecessors.extend(steps)
        return self

    def before(self, *steps: str | Step) -> Step:
        """Run before ``steps``, between them and what they have in common with this step."""
        self.followers.extend(steps)
        return self

    def respond(self) -> Step:
        """Answer the event with this step's result."""
        self.responds = True
        return self

    def sink(self) -> Step:
        """End here on purpose: the step runs for each event, its result is dropped."""
        self.is_sink = True
        return self

    def add_model(self, key: str, target: Any, *, path: str = "", **params: Any) -> Step:
        """Add a model to this step's Router; see ``Router.add_model``."""
        if not isinstance(self.target, Router):
            what = f"step {self.name!r} is no router, it takes no models"
            raise GraphError(what, where=_caller(), fix="add models to a funcs.Router() step")
        self.target.add_model(key, target, path=path, **params)
        return self

    def error_handler(
        self, target: Any, name: str = "", *, before: str = "", handler: str = "", **args: Any
    ) -> Step:
        """Call ``target`` with the StepError when this step fails; see ``Draft.error_handler``.

        Its result goes on at the step ``before``, in the place of the result that would have come
        there, or answers the event.
        """
        self.on_error = _handler(target, name, handler, args, before)
        return self

    def __repr__(self) -> str:
        return f"<step {self.name!r} of graph {self.graph.name!r}>"


def default_name(target: Any) -> str:
    """The name that a target has by itself: a function's or class's own, an object's class."""
    if isinstance(target, str):
        return target.replace(":", ".").rpartition(".")[2]
    return str(getattr(target, "__name__", "") or type(target).__name__)


def _handler(
    target: Any, name: str, method: str, args: dict[str, Any], before: str = ""
) -> PlannedHandler:
    return PlannedHandler(name or default_name(target), target, tuple(args.items()), method, before)


def _list(steps: Steps) -> list[str | Step]:
    if steps is None:
        return []
    return [steps] if isinstance(steps, (str, Step)) else list(steps)


def _caller() -> str:
    """``main.py:14``: the line outside this module that is being carried out."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename == __file__ and frame.f_back is not None:
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
