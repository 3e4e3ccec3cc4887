"""A plan to look at: as text in a terminal, as mermaid in a page."""

from __future__ import annotations

from collections.abc import Iterator

from funcs.graph.plan import Plan, PlannedHandler, PlannedStep


def to_text(plan: Plan) -> str:
    """The plan as a tree from the request down; where branches join, the last one leads on.

    >>> import funcs
    >>> print(to_text(funcs.Graph("double").to(abs).to(str).graph.plan()))
    double
    └─ abs
       └─ str  answers
    """
    lines = [plan.name]
    lines += _branch(plan, [step for step in plan.steps if not step.after], "", "")
    if plan.on_error is not None:
        lines.append(f"on any error: {_handler(plan.on_error)}")
    return "\n".join(lines)


def _branch(plan: Plan, steps: list[PlannedStep], above: str, indent: str) -> Iterator[str]:
    """The lines of ``steps`` and of what is below them, seen from the step ``above``."""
    for step in steps:
        last = step is steps[-1]
        elbow, bar = ("└─ ", "   ") if last else ("├─ ", "│  ")
        if len(step.after) > 1 and above != _last_of(plan, step):
            yield f"{indent}{elbow}→ {step.name}"
            continue
        yield f"{indent}{elbow}{step.name}{_notes(plan, step)}"
        below = [plan.step(name) for name in plan.successors(step.name)]
        yield from _branch(plan, below, step.name, indent + bar)


def _last_of(plan: Plan, step: PlannedStep) -> str:
    """The predecessor that runs last."""
    return [other.name for other in plan.steps if other.name in step.after][-1]


def _notes(plan: Plan, step: PlannedStep) -> str:
    words = []
    if len(step.after) > 1:
        words.append(f"joins {', '.join(step.after)}")
    if step.kind == "router":
        words.append(f"router: {', '.join(route.key for route in step.routes)}")
    elif step.kind == "model":
        words.append("model")
    if step.name == plan.responder:
        words.append("answers")
    if step.sink:
        words.append("sink")
    if step.on_error is not None:
        words.append(f"on error: {_handler(step.on_error)}")
    return f"  {' · '.join(words)}" if words else ""


def _handler(handler: PlannedHandler) -> str:
    return f"{handler.name} → {handler.before}" if handler.before else f"{handler.name}, answers"


def to_mermaid(plan: Plan) -> str:
    """The plan as a mermaid flowchart; routers are hexagons with their models, errors dotted."""
    return "\n".join(["flowchart LR", *_nodes(plan), *_arrows(plan)]) + "\n"


def _nodes(plan: Plan) -> Iterator[str]:
    yield "    request([request])"
    for number, step in enumerate(plan.steps, 1):
        if step.kind == "router":
            models = "<br/>".join(route.key for route in step.routes)
            yield f'    s{number}{{{{"{step.name}<br/>{models}"}}}}'
        else:
            yield f'    s{number}["{step.name}"]'
        if step.on_error is not None:
            yield f'    e{number}[/"{step.on_error.name}"/]'
    yield "    answer([answer])"
    if plan.on_error is not None:
        yield f'    e0[/"{plan.on_error.name}"/]'


def _arrows(plan: Plan) -> Iterator[str]:
    number = {step.name: f"s{index}" for index, step in enumerate(plan.steps, 1)}
    for step in plan.steps:
        for name in step.after:
            yield f"    {number[name]} --> {number[step.name]}"
        if not step.after:
            yield f"    request --> {number[step.name]}"
        if step.on_error is not None:
            handler = f"e{number[step.name][1:]}"
            yield f"    {number[step.name]} -. error .-> {handler}"
            yield f"    {handler} --> {number.get(step.on_error.before, 'answer')}"
    yield f"    {number[plan.responder]} --> answer"
    if plan.on_error is not None:
        yield "    e0 -. any error .-> answer"
