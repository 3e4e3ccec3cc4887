"""Carries a plan out, remembers it, and says what became of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from funcs.errors import DeployError

if TYPE_CHECKING:
    from funcs.deploy.deployed import Outcome
    from funcs.deploy.plan import DeployPlan
    from funcs.deploy.platform import Platform


def carry_out(
    plan: DeployPlan,
    files: Mapping[str, bytes],
    platform: Platform,
    folder: Path,
    form: str,
) -> int:
    """Apply the plan, and remember it once it came true; the exit code.

    Ctrl-C stops the waiting, not the platform: it says how to go on.
    """
    from funcs.deploy.errors import FunctionFailedError
    from funcs.deploy.history import History
    from funcs.deploy.moved import way_back

    history = History(folder, plan.function, plan.place)
    try:
        outcome = apply(plan, files, platform)
    except FunctionFailedError:
        before = None
        with suppress(DeployError):  # a damaged plan is not what a person has to hear of now
            before = history.current()
        if plan.platform == "docker" and platform.function(plan.function) is not None:
            print("note: what served before goes on", file=sys.stderr)
        elif before is not None:
            print(f"note: {way_back(plan, before.plan)}", file=sys.stderr)
        raise
    if outcome is None:
        return 130
    history.remember(plan, files)
    print(said(plan, outcome, form))
    return 0


def apply(plan: DeployPlan, files: Mapping[str, bytes], platform: Platform) -> Outcome | None:
    """Apply the plan; None where a person stopped waiting."""
    from funcs.deploy.errors import FunctionFailedError
    from funcs.emulator.text import printable

    try:
        return platform.apply(plan, files)
    except FunctionFailedError as error:
        for line in error.lines:
            print(f"    {printable(line)}", file=sys.stderr)
        raise
    except KeyboardInterrupt:
        if plan.platform == "docker":
            is_there = platform.function(plan.function) is not None
            became = "was not replaced; what served goes on"
            became = became if is_there else "is not deployed; nothing of it was there before"
            print(f"\n{plan.function} {became}", file=sys.stderr)
            return None
        tell_interrupted(plan.function, "deploy again to wait again")
        return None


def tell_interrupted(name: str, again: str) -> None:
    """Say how to go on after Ctrl-C: it ends the waiting, not the platform."""
    print(
        f"\nnot waiting any more; the platform may go on with {name!r}\n"
        f"  fix: see how it goes with: funcs get {name}; {again}",
        file=sys.stderr,
    )


def said(plan: DeployPlan, outcome: Outcome, form: str) -> str:
    """What became of it, for a person or a program."""
    function = outcome.function
    if form in ("json", "yaml"):
        from funcs.deploy.show import written

        result = {
            "function": function.name,
            "namespace": function.namespace,
            "state": function.state,
            "changed": outcome.has_changed,
            "digest": plan.digest,
            "image": function.image,
            "urls": list(function.urls),
        }
        return json.dumps(result) if form == "json" else written(result)
    if not outcome.has_changed:
        return f"{function.name} is {function.state} and as planned: nothing to change"
    where = f" at {function.urls[0]}" if function.urls else ""
    return f"{function.name} is {function.state}{where}"
