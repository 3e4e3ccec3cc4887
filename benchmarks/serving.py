"""No-op model over HTTP: ours beside FastAPI and KServe, one worker each, one core each.

The whole server is pinned to core 0 and wrk to core 1; contenders run back to back, twice,
the second time in reverse order. The figure to read is CPU per request, as a ratio: the
machine's mood is in both parts of it.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from served import OIP, ROWS, Contender, Server, ours, peers, start

SCRIPT = """
wrk.method = 'POST'
wrk.headers['Content-Type'] = 'application/json'
wrk.body = [=[%s]=]
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT %%d %%d %%d %%d %%d\\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    errors.status + errors.timeout + errors.read + errors.write + errors.connect))
end
"""

# No two requests alike, as with trace ids: what a server keeps of a head serves it no more.
UNIQUE = """
local count = 0
request = function()
  count = count + 1
  wrk.headers['X-Request-Id'] = tostring(count)
  return wrk.format()
end
"""


@dataclass(frozen=True)
class Run:
    """One load on one server. Times in microseconds unless named otherwise."""

    name: str
    connections: int
    requests_s: float
    p50_us: float
    p99_us: float
    cpu_us: float
    errors: int
    calibration_ms: float


@dataclass(frozen=True)
class Start:
    """One start: ms from exec to the first answer, and memory after the load."""

    name: str
    first_answer_ms: float
    rss_mb: float


def calibration_ms() -> float:
    """A million additions: how fast this machine is just now."""
    begun, total = time.perf_counter(), 0
    for number in range(1_000_000):
        total += number
    return (time.perf_counter() - begun) * 1e3


def load(server: Server, connections: int, seconds: int, *, unique: bool = False) -> Run:
    """Drive the server with wrk from core 1; ``unique`` gives each request a header of its own."""
    contender = server.contender
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT % contender.body + (UNIQUE if unique else ""))
        script.flush()
        calibrated, before = calibration_ms(), server.cpu_s()
        command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
        command += ["-s", script.name, f"http://127.0.0.1:{server.port}{contender.path}"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = server.cpu_s() - before
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", text)
    if found is None:
        raise SystemExit(f"wrk said nothing of {contender.name}:\n{text}")
    requests, duration_us, p50, p99, errors = map(int, found.groups())
    rate, cpu = requests / duration_us * 1e6, used / max(requests, 1) * 1e6
    return Run(contender.name, connections, rate, p50, p99, cpu, errors, calibrated)


def measure(
    contender: Contender, connections: list[int], seconds: int, *, unique: bool
) -> tuple[list[Run], Start]:
    """One start with all its loads, after a second of warming up."""
    server = start(contender)
    try:
        load(server, 16, 1)
        runs = [load(server, count, seconds, unique=unique) for count in connections]
        return runs, Start(contender.name, server.first_answer_ms, server.rss_mb())
    finally:
        server.stop()


def first_answers(contenders: list[Contender], times: int) -> list[Start]:
    """Cold starts alone, in turn."""
    found = []
    for _ in range(times):
        for contender in contenders:
            server = start(contender)
            found.append(Start(contender.name, server.first_answer_ms, server.rss_mb()))
            server.stop()
    return found


def report(runs: list[Run], starts: list[Start], names: list[str]) -> str:
    """The figures as Markdown tables, with their ratios to the peers' medians."""
    lines = ["| server | c | req/s | p50 ms | p99 ms | CPU µs/request | of FastAPI | of KServe |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for count in sorted({run.connections for run in runs}):
        lines += [_load_row(runs, name, count) for name in names]
    lines += ["", "| server | first answer ms (min, median) | of FastAPI | RSS MB |"]
    lines.append("|---|---|---|---|")
    lines += [_start_row(starts, name) for name in names]
    return "\n".join(lines)


def _load_row(runs: list[Run], name: str, count: int) -> str:
    def of(key: str, peer: str = name) -> float:
        return _median(runs, peer, count, key)

    ratios = [of("cpu_us") / of("cpu_us", peer) for peer in ("fastapi", "kserve")]
    times = [of(key) / 1e3 for key in ("p50_us", "p99_us")]
    cells = [name, f"{count}", f"{of('requests_s'):,.0f}", *(f"{ms:.2f}" for ms in times)]
    return _row([*cells, f"{of('cpu_us'):.1f}", *(f"{ratio:.2f}" for ratio in ratios)])


def _start_row(starts: list[Start], name: str) -> str:
    waits = {
        peer: [one.first_answer_ms for one in starts if one.name == peer]
        for peer in (name, "fastapi")
    }
    middle, base = statistics.median(waits[name]), statistics.median(waits["fastapi"])
    rss = statistics.median(one.rss_mb for one in starts if one.name == name)
    return _row(
        [name, f"{min(waits[name]):.0f}, {middle:.0f}", f"{middle / base:.2f}", f"{rss:.0f}"]
    )


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _median(runs: list[Run], name: str, count: int, key: str) -> float:
    chosen = [run for run in runs if run.name == name and run.connections == count]
    return statistics.median(float(getattr(run, key)) for run in chosen)


def in_turns(
    contenders: list[Contender], counts: list[int], args: argparse.Namespace
) -> tuple[list[Run], list[Start]]:
    """Every contender under load, the order reversed at each pass; prints as it goes."""
    runs: list[Run] = []
    starts: list[Start] = []
    for turn in range(args.passes):
        for contender in contenders if turn % 2 == 0 else contenders[::-1]:
            some, begun = measure(contender, counts, args.seconds, unique=args.unique)
            runs += some
            starts.append(begun)
            for run in some:
                print(_line(run), flush=True)
    return runs, starts


def _line(run: Run) -> str:
    figures = f"{run.requests_s:8,.0f}/s {run.cpu_us:7.1f} µs errors {run.errors}"
    return (
        f"{run.name:11s} c={run.connections:<3d} {figures} calibration {run.calibration_ms:.0f} ms"
    )


def arguments() -> argparse.Namespace:
    """What to measure, how long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", default="1,16,64")
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--unique", action="store_true", help="no two requests alike")
    parser.add_argument("--only", nargs="*", help="names: ours-mlrun ours-oip fastapi kserve")
    parser.add_argument("--json", type=Path, help="write every figure there")
    return parser.parse_args()


def main() -> int:
    """Run every contender and print the tables; ``--json`` keeps every figure."""
    args = arguments()
    contenders = [ours("ours-mlrun", "m", ROWS), ours("ours-oip", "named", OIP), *peers()]
    if args.only:
        contenders = [one for one in contenders if one.name in args.only]
    counts = [int(word) for word in args.connections.split(",")]
    runs, starts = in_turns(contenders, counts, args)
    if args.starts:
        starts = first_answers(contenders, args.starts) + starts
    if {"fastapi", "kserve"} <= {one.name for one in contenders}:
        print("\n" + report(runs, starts, [one.name for one in contenders]))
    else:
        for one in starts:
            print(f"{one.name:11s} first answer {one.first_answer_ms:.0f} ms, {one.rss_mb:.0f} MB")
    if args.json:
        figures = [asdict(run) for run in runs] + [asdict(one) for one in starts]
        args.json.write_text(json.dumps(figures, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
