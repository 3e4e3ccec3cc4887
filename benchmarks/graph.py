"""A graph's cost per call, beside MLRun's mock server on the same graphs in the same run.

    python benchmarks/graph.py [--mlrun-python VENV/bin/python] [--json FILE]

Two rows a case. "graph": ours is given a decoded Request, MLRun its ``server.test`` with a dict
(what this project's numbers speak of). "wire": like for like, both get a path and JSON bytes and
answer JSON bytes. Each side is one process that stays; they take turns, so that a slow minute of
the machine meets both. Figures are CPU µs per call: the median of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

ROWS = [[1.0, 2.0, 3.0, 4.0]]
BODY = json.dumps({"inputs": ROWS}).encode()
MODEL_PATH = "/v2/models/m/infer"
#: The cases, and the part of MLRun's time that ours may take in the row "graph".
CASES = {"router": 1 / 5, "flow": 1 / 6, "async": 1 / 25}
LEVELS = ("graph", "wire")
BATCH = 200

#: Calls the function this many times.
Loop = Callable[[int], None]


@dataclass(frozen=True)
class Measured:
    """One side's calls in one round of one case."""

    side: str
    case: str
    level: str
    calls: int
    wall_us: float
    cpu_us: float


def loop_of(call: Callable[[], Any]) -> Loop:
    """A loop around a plain call."""

    def loop(count: int) -> None:
        for _ in range(count):
            call()

    return loop


def loop_of_awaited(call: Callable[[], Any]) -> Loop:
    """A loop around an awaited call, inside one running event loop."""

    async def body(count: int) -> None:
        for _ in range(count):
            await call()

    runner = asyncio.Runner()

    def loop(count: int) -> None:
        runner.run(body(count))

    return loop


# ------------------------------------------------------------------------------------- our side


def same(value: Any) -> Any:
    """A step that does nothing."""
    return value


async def same_async(value: Any) -> Any:
    """The same, awaited."""
    return value


def our_graphs() -> dict[str, Any]:
    """The three graphs, as their author writes them."""
    import funcs

    class Sums(funcs.Model):
        def predict(self, inputs: Any) -> Any:
            return [sum(row) for row in inputs]

    router = funcs.Graph("router")
    router.to(funcs.Router(), name="models").add_model("m", Sums)
    flow = funcs.Graph("flow")
    steps = flow.to(same, "one").to(same, "two").to(same, "three")
    steps.to(funcs.Router(), name="models").add_model("m", Sums).respond()
    awaited = funcs.Graph("async")
    awaited.to(same_async, "one").to(same_async, "two").to(same_async, "three").respond()
    return {"router": router, "flow": flow, "async": awaited}


def our_loops() -> Iterator[tuple[str, str, Loop]]:
    """Each case on a decoded Request, then through the host."""
    from funcs.graph import compile_plan
    from funcs.request import Request

    for case, graph in our_graphs().items():
        run = compile_plan(graph.plan(), folder=Path()).run
        model = "" if case == "async" else "m"

        def call(run: Any = run, model: str = model) -> Any:
            return run(Request(ROWS, model=model))

        yield case, "graph", (loop_of_awaited if case == "async" else loop_of)(call)
    yield from our_hosted_loops()


def our_hosted_loops() -> Iterator[tuple[str, str, Loop]]:
    """The cases with path and envelope: an Event in, a Response out, by MLRun's own protocol."""
    from funcs.context import make_context
    from funcs.event import Event
    from funcs.host import serve
    from funcs.logger import Logger
    from funcs.settings import Settings

    # Its lines go where the words for people go; while measuring there are none.
    context = make_context(Logger(sys.stderr))
    for case, graph in our_graphs().items():
        start, handler = serve(graph, Settings(), Path())
        start(context)
        path = "/" if case == "async" else MODEL_PATH

        def call(handler: Any = handler, path: str = path) -> Any:
            event = Event(body=BODY, path=path, method="POST", content_type="application/json")
            return handler(context, event)

        yield case, "wire", (loop_of_awaited if case == "async" else loop_of)(call)


# --------------------------------------------------------------------------------- MLRun's side


def mlrun_loops() -> Iterator[tuple[str, str, Loop]]:
    """The same graphs on MLRun, through the server object that its users test with."""
    import mlrun  # type: ignore[import-not-found]

    mlrun.mlconf.dbpath = ""
    names = {"same": same, "Sums": mlrun_model()}
    for case in CASES:
        function = mlrun.new_function(f"bench-{case}", kind="serving", image="none")
        mlrun_graph(function, case)
        server = function.to_mock_server(namespace=names)
        path = "/" if case == "async" else MODEL_PATH

        def with_dict(server: Any = server, path: str = path) -> Any:
            return server.test(path=path, body={"inputs": ROWS})

        def with_bytes(server: Any = server, path: str = path) -> Any:
            return server.test(
                path=path, body=BODY, get_body=False, content_type="application/json"
            )

        yield case, "graph", loop_of(with_dict)
        yield case, "wire", loop_of(with_bytes)


def mlrun_model() -> type:
    """A model class that sums rows."""
    from mlrun.serving import V2ModelServer  # type: ignore[import-not-found]

    class Sums(V2ModelServer):  # type: ignore[misc]
        def load(self) -> None:
            self.model = "sums"

        def predict(self, request: dict[str, Any]) -> Any:
            return [sum(row) for row in request["inputs"]]

    return Sums


def mlrun_graph(function: Any, case: str) -> None:
    """Give ``function`` the topology of a case."""
    if case == "router":
        function.set_topology("router")
        function.add_model("m", class_name="Sums", model_path=".")
        return
    step = function.set_topology("flow", engine="async" if case == "async" else "sync")
    for name in ("one", "two", "three"):
        step = step.to(name=name, handler="same")
    if case == "flow":
        step = step.to("*", name="models")
        step.add_route("m", class_name="Sums", model_path=".")
    step.respond()


# ------------------------------------------------------------------------------ taking turns


def answer_orders(loops: Iterator[tuple[str, str, Loop]], orders: IO[str], out: IO[str]) -> None:
    """The child: for each line ``case level seconds`` run that long, answer what it took."""
    ready = {(case, level): loop for case, level, loop in loops}
    print(json.dumps(sorted(map(list, ready))), file=out, flush=True)
    for line in orders:
        case, level, seconds = line.split()
        print(json.dumps(timed(ready[case, level], float(seconds))), file=out, flush=True)


def timed(loop: Loop, seconds: float) -> dict[str, float]:
    """Calls in ``seconds``, their wall and CPU time per call in µs, of this whole process."""
    loop(BATCH)
    calls, begun, used = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - begun < seconds:
        loop(BATCH)
        calls += BATCH
    wall, cpu = time.perf_counter() - begun, time.process_time() - used
    return {"calls": calls, "wall_us": wall / calls * 1e6, "cpu_us": cpu / calls * 1e6}


class Side:
    """A child process that runs one side's cases when told."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        command = [python, __file__, "--side", name]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.cases = {tuple(item) for item in self._read()}

    def run(self, case: str, level: str, seconds: float) -> Measured:
        """One round of one case."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{case} {level} {seconds}\n")
        self.process.stdin.flush()
        return Measured(self.name, case, level, **self._read())

    def stop(self) -> None:
        """End the child."""
        self.process.kill()
        self.process.wait()

    def _read(self) -> Any:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            # A side's own libraries may print; what is meant for us is JSON.
            with contextlib.suppress(ValueError):
                return json.loads(line)
        raise SystemExit(f"the side {self.name!r} ended; see its words above")


def measure(sides: list[Side], rounds: int, seconds: float) -> list[Measured]:
    """Every case and level, both sides after each other in each round, in turned order."""
    found = []
    for turn in range(rounds):
        for level in LEVELS:
            for case in CASES:
                for side in sides if turn % 2 == 0 else sides[::-1]:
                    if (case, level) in side.cases:
                        found.append(side.run(case, level, seconds))
    return found


def report(found: list[Measured]) -> str:
    """A Markdown table: CPU µs per call of each side, the ratio, and what it may be."""
    lines = [
        "| case | row | funcs µs | MLRun µs | funcs / MLRun | MLRun / funcs | wanted |",
        "|---|---|---|---|---|---|---|",
    ]
    for level in LEVELS:
        for case, wanted in CASES.items():
            ours, theirs = (median(found, side, case, level) for side in ("funcs", "mlrun"))
            if ours is None:
                continue
            cells = [case, level, f"{ours:.2f}", "–", "–", "–"]
            if theirs is not None:
                cells[3:] = [f"{theirs:.2f}", f"{ours / theirs:.3f}", f"{theirs / ours:.1f} ×"]
            cells.append(f"≤ {wanted:.3f}" if level == "graph" else "–")
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def median(found: list[Measured], side: str, case: str, level: str) -> float | None:
    """The middle round's CPU µs per call."""
    times = [
        one.cpu_us for one in found if one.side == side and one.case == case and one.level == level
    ]
    return statistics.median(times) if times else None


def arguments() -> argparse.Namespace:
    """What to measure, how long."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mlrun-python", help="a Python that has mlrun installed")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.3, help="of one case in one round")
    parser.add_argument("--json", type=Path, help="write every figure there")
    parser.add_argument("--side", choices=["funcs", "mlrun"], help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    """Measure, print the table."""
    args = arguments()
    if args.side:
        loops = our_loops() if args.side == "funcs" else mlrun_loops()
        answer_orders(loops, sys.stdin, sys.stdout)
        return 0
    sides = [Side("funcs", sys.executable)]
    if args.mlrun_python:
        sides.append(Side("mlrun", args.mlrun_python))
    try:
        found = measure(sides, args.rounds, args.seconds)
    finally:
        for side in sides:
            side.stop()
    print(report(found))
    if args.json:
        args.json.write_text(json.dumps([asdict(one) for one in found], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
