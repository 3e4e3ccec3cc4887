"""The source of a plan's one function: a few lines for each step, in running order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy

from funcs.graph.branches import Part, groups
from funcs.graph.errors import Answered, caught, failed
from funcs.graph.paths import getter, putter
from funcs.graph.plan import Plan, PlannedStep
from funcs.graph.shape import Shape
from funcs.graph.source import FAILURES, Source
from funcs.graph.steps import Call
from funcs.request import Request


class Flow:
    """Writes the function ``run(request)`` of a plan.

    In the text, for the step with the number n: ``f`` is what it calls, ``v`` its result, ``r``
    the request after it where branches may have different ones, ``h`` its error handler, ``ok``
    whether the steps that the handler's result goes around still run. ``v`` 0 is what came.
    Where branches run at once, these are dicts that the branches share, ``v[2]``; else ``v2``.

    ``calls`` are by step; ``handlers`` too, the graph's own under "".
    """

    def __init__(self, plan: Plan, calls: Mapping[str, Call], handlers: Mapping[str, Call]) -> None:
        self.plan = plan
        self.calls = calls
        self.handlers = handlers
        self.shape = Shape({step.name: step.after for step in plan.steps})
        self.number = {step.name: index for index, step in enumerate(plan.steps, 1)}
        awaited = {name for name, call in calls.items() if call.is_async}
        self.awaited = awaited | {name for name, call in handlers.items() if call.is_async}
        starts = [step for step in plan.steps if not step.after]
        self.forks = len(starts) > 1 or any(len(names) > 1 for names in self.shape.next.values())
        self.at_once = self.forks and self.is_async
        self.requests = self._requests()
        self.guards = self._guards()
        self.source = Source()

    @property
    def is_async(self) -> bool:
        """Whether ``run`` must be awaited."""
        return bool(self.awaited)

    def write(self) -> Source:
        """The whole function, and what its names stand for."""
        self._name()
        add, block = self.source.add, self.source.block
        with block(f"{'async ' if self.is_async else ''}def run(request)"):
            if self.at_once:
                add("v, r, ok = {}, {}, {}")
            add(f"{self._var('v', 0)} = request.inputs")
            if "" in self.handlers:
                with block("try"):
                    self._body()
                with block(f"except {FAILURES} as error"):
                    handled = f"h0(caught(error, '', {self._var('v', 0)}))"
                    add(f"return {self._awaiting('', handled, self.handlers)}")
            else:
                self._body()
        return self.source

    def _name(self) -> None:
        names = self.source.names
        names.update(caught=caught, deepcopy=deepcopy, failed=failed, returned=_returned)
        if self.at_once:
            from funcs.graph.gathering import at_once

            names.update(at_once=at_once, Answered=Answered)
        for step in self.plan.steps:
            n = self.number[step.name]
            names[f"f{n}"] = self.calls[step.name].call
            if step.input_path:
                names[f"get{n}"] = getter(step.input_path)
            if step.result_path:
                names[f"put{n}"] = putter(step.result_path)
        for name, call in self.handlers.items():
            names[f"h{self.number.get(name, 0)}"] = call.call

    def _requests(self) -> dict[str, str]:
        """The variable that holds the request as it is after each step."""
        after: dict[str, str] = {}
        for step in self.plan.steps:
            own = self.forks and self.calls[step.name].full_event
            above = after[step.after[0]] if len(step.after) == 1 else "request"
            after[step.name] = self._var("r", self.number[step.name]) if own else above
        return after

    def _guards(self) -> dict[str, list[str]]:
        """For each step the flags that must be up for it to run."""
        guards: dict[str, list[str]] = {}
        for step in self.plan.steps:
            if step.on_error is not None and step.on_error.before:
                out, _ = self.shape.skipped(step.name, step.on_error.before)
                for name in out - {step.name}:
                    guards.setdefault(name, []).append(self._var("ok", self.number[step.name]))
        return guards

    def _body(self) -> None:
        flags = sorted({flag for flags in self.guards.values() for flag in flags})
        if flags:
            self.source.add(f"{' = '.join(flags)} = True")
        if self.at_once:
            self._groups()
        else:
            self._steps(self.number)
        self.source.add(f"return {self._result(self.plan.responder)}")

    def _groups(self) -> None:
        with self.source.block("try"):
            for group in groups(self.shape):
                if len(group) > 1 and any(self.awaited & set(part) for part in group):
                    self._branches(group)
                else:
                    self._steps({name for part in group for name in part}, inside=True)
        with self.source.block("except Answered as answer"):
            self.source.add("return answer.value")

    def _branches(self, group: list[Part]) -> None:
        branches = []
        for index, part in enumerate(group):
            with self.source.block(f"async def branch{index}()"):
                self._steps(part, inside=True)
            needs = [i for i, other in enumerate(group) if other[-1] in self.shape.after[part[0]]]
            branches.append(f"(branch{index}, {needs})")
        self.source.add(f"await at_once({', '.join(branches)})")

    def _steps(self, names: Iterable[str], *, inside: bool = False) -> None:
        """The lines of the steps ``names``; ``inside`` a branch an answer leaves by raising."""
        for step in self.plan.steps:
            if step.name not in names:
                continue
            flags = self.guards.get(step.name)
            if flags:
                with self.source.block(f"if {' and '.join(flags)}"):
                    self._step(step, inside)
            else:
                self._step(step, inside)

    def _step(self, step: PlannedStep, inside: bool) -> None:
        with self.source.block("try"):
            self.source.add(*self._call(step))
        with self.source.block(f"except {FAILURES} as error"):
            place = f"error, {step.name!r}, {self._given(step)}"
            if step.on_error is None:
                self.source.add(f"failure = failed({place})")
                self.source.add("raise failure from failure.__cause__")
            else:
                self.source.add(*self._handled(step, place, inside))

    def _call(self, step: PlannedStep) -> list[str]:
        """The lines that set the result of a step."""
        n, call = self.number[step.name], self.calls[step.name]
        given = self._given(step)
        value = f"get{n}({given})" if step.input_path else given
        value = f"deepcopy({value})" if step.copy else value
        if call.full_event:
            return self._call_with_event(step, value)
        request = f"{self._request(step)}, " if call.takes_request else ""
        result = self._awaiting(step.name, f"f{n}({request}{value})", self.calls)
        result = f"put{n}({given}, {result})" if step.result_path else result
        return [f"{self._result(step.name)} = {result}"]

    def _call_with_event(self, step: PlannedStep, value: str) -> list[str]:
        """The same for a step that gets and returns the Request.

        Where others may look at the same request, it gets a copy; the body is never copied.
        """
        before, after = self._request(step), self.requests[step.name]
        called = self._awaiting(step.name, f"f{self.number[step.name]}({after})", self.calls)
        return [
            *([f"{after} = {before}.copy()"] if after != before else []),
            f"{after}.inputs = {value}",
            f"{after} = returned({called})",
            f"{self._result(step.name)} = {after}.inputs",
        ]

    def _handled(self, step: PlannedStep, place: str, inside: bool) -> list[str]:
        """The lines that put an error handler's result in the place of a step's, or answer it."""
        n = self.number[step.name]
        result = self._awaiting(step.name, f"h{n}(caught({place}))", self.handlers)
        if step.on_error is None or not step.on_error.before:
            return [f"raise Answered({result}) from None" if inside else f"return {result}"]
        _, gate = self.shape.skipped(step.name, step.on_error.before)
        lines = [f"{self._result(gate)} = {result}"]
        if gate != step.name:
            lines.append(f"{self._var('ok', n)} = False")
        if self.requests[gate] not in ("request", self._request(step)):
            lines.append(f"{self.requests[gate]} = {self._request(step)}")
        return lines

    def _given(self, step: PlannedStep) -> str:
        """The expression of what a step is given: a result, or all of those it joins by name."""
        if len(step.after) > 1:
            return f"{{{', '.join(f'{name!r}: {self._result(name)}' for name in step.after)}}}"
        return self._result(step.after[0]) if step.after else self._var("v", 0)

    def _request(self, step: PlannedStep) -> str:
        return self.requests[step.after[0]] if len(step.after) == 1 else "request"

    def _result(self, name: str) -> str:
        return self._var("v", self.number[name])

    def _var(self, letter: str, number: int) -> str:
        return f"{letter}[{number}]" if self.at_once else f"{letter}{number}"

    def _awaiting(self, name: str, call: str, calls: Mapping[str, Call]) -> str:
        return f"await {call}" if calls[name].is_async else call


def _returned(result: object) -> Request:
    """What a step that gets the whole Request returned: a Request."""
    if isinstance(result, Request):
        return result
    raise TypeError(f"it gets the whole Request and must return one, not {type(result).__name__}")
