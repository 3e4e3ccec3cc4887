"""What an image costs: `funcs build` beside a Docker engine's own builder, in one run.

The sample is a function with scikit-learn (7 wheels, 65 MB), a model of 100 MB that nothing can
compress, and a handler of one file. Both sides have the same base image, and the wheels at hand.
Docker's side is the classic builder through the ``docker`` package, by a Dockerfile of the usual
order: packages, model, code. Needs root, for a dockerd of its own; see `scripts/engines`.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from docker import DockerClient

from funcs.cli.main import main as funcs_main
from tests.builder.engines import busybox, docker_engine
from tests.builder.registries import registry

REQUIREMENTS = "numpy==2.1.3\nscikit-learn==1.5.2\norjson==3.10.12\n"
MAIN = """
def handler(context, event):
    return "answer {}"
"""
YAML = "metadata: {name: sample}\nspec: {handler: 'main:handler', runtime: 'python:3.11'}\n"
DOCKERFILE = """
FROM sample-base:latest
COPY wheels /wheels
COPY requirements.txt /wheels/requirements.txt
RUN ["python3", "/wheels/pip.whl/pip", "install", "--quiet", "--no-index", "--root-user-action", \
"ignore", "--break-system-packages", "--find-links", "/wheels", "-r", "/wheels/requirements.txt"]
COPY model.bin /opt/nuclio/model.bin
COPY main.py function.yaml /opt/nuclio/
"""
MODEL_BYTES = 100_000_000
ROUNDS = 5
_NEW_NETWORK = 0x4000_0000


@dataclass
class Bench:
    """A folder with the sample, a cache of its own, an engine."""

    folder: Path
    client: DockerClient
    environ: dict[str, str]
    registry: str
    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    count: int = 0

    @property
    def sample(self) -> Path:
        """The function."""
        return self.folder / "sample"

    def change(self) -> None:
        """Another code, and nothing else."""
        self.count += 1
        (self.sample / "main.py").write_text(MAIN.format(self.count))

    def cli(self, *words: str) -> None:
        """The command, as a process."""
        funcs = Path(sys.executable).with_name("funcs")
        line = [str(funcs), "build", "--base", "scratch", "--no-index"]
        line += ["--find-links", str(self.folder / "wheels"), *words]
        subprocess.run(
            line, cwd=self.sample, env=self.environ, check=True, stdout=subprocess.DEVNULL
        )

    def library(self, *words: str, at: Path | None = None) -> None:
        """The same in this process, whose imports are done."""
        line = ["build", str(at or self.sample), "--base", "scratch", "--no-index"]
        with redirect_stdout(StringIO()):
            status = funcs_main([*line, "--find-links", str(self.folder / "wheels"), *words])
        assert status == 0

    def docker(self) -> None:
        """The engine's own builder."""
        api: Any = self.client.api
        for event in api.build(path=str(self.sample), tag="sample:docker", decode=True, rm=True):
            if "error" in event:
                sys.exit(f"error: docker build failed: {event['error']}")

    def row(self, what: str, ours_s: float, theirs_s: float | None, most: str) -> None:
        """A line of the table."""
        theirs = "–" if theirs_s is None else f"{theirs_s * 1e3:,.0f}"
        ratio = "–" if theirs_s is None else f"{ours_s / theirs_s:.3f}"
        self.rows.append((what, f"{ours_s * 1e3:,.0f}", theirs, ratio, most))


def main() -> int:
    """Measure, print the tables; 1 where no engine can run here."""
    try:
        with _bench() as bench:
            _builds(bench)
            _push(bench)
            _starts(bench)
            print(_table(bench.rows))
            print(_memory(bench))
    except pytest.skip.Exception as reason:
        print(f"error: {reason}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def _bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="funcs-bench-") as name, docker_engine() as address:
        folder = Path(name)
        cache = folder / "cache"
        environ = {**os.environ, "XDG_CACHE_HOME": str(cache), "DOCKER_HOST": address}
        environ.pop("PYTHONDONTWRITEBYTECODE", None)  # whoever installs funcs has its bytecode
        os.environ |= {"XDG_CACHE_HOME": str(cache), "DOCKER_HOST": address}
        with registry(_made(folder / "registry")) as host:
            client = DockerClient(address)
            bench = Bench(folder, client, environ, host)
            _prepare(bench)
            yield bench
            client.close()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _prepare(bench: Bench) -> None:
    """The sample, its wheels, and the base for both."""
    sample, wheels = bench.sample, bench.folder / "wheels"
    sample.mkdir()
    (sample / "function.yaml").write_text(YAML)
    (sample / "requirements.txt").write_text(REQUIREMENTS)
    (sample / "model.bin").write_bytes(os.urandom(MODEL_BYTES))
    (sample / ".dockerignore").write_text("wheels\nDockerfile\n")
    bench.change()
    from funcs.packaging.own_wheel import runtime_requirements

    line = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(wheels), "pip"]
    line += ["-r", str(sample / "requirements.txt"), *runtime_requirements()]
    subprocess.run([*line, "--only-binary", ":all:"], check=True)
    shutil.copytree(wheels, sample / "wheels")
    for pip in (sample / "wheels").glob("pip-*.whl"):
        pip.rename(pip.with_name("pip.whl"))
    (sample / "Dockerfile").write_text(DOCKERFILE)
    bench.cli("-o", str(bench.folder / "first"))
    _load_base(bench)
    # Docker would leave the wheels out by its .dockerignore; here it is ours that must
    (sample / ".dockerignore").write_text("first\n")
    (sample / ".gitignore").write_text("wheels/\nDockerfile\n")


def _load_base(bench: Bench) -> None:
    """The base that ours has, for the engine's builder."""
    from funcs_builder.cache import Cache
    from funcs_builder.config import RunConfig
    from funcs_builder.debian import DebianBases
    from funcs_builder.engine import Engine
    from funcs_builder.image import Base, Image, assemble
    from funcs_builder.plan import SCRATCH, BuildPlan, LayerPlan
    from funcs_builder.platforms import LINUX_AMD64
    from funcs_builder.publish.engine import EnginePublisher
    from funcs_builder.recipe import Recipe
    from funcs_builder.reference import Reference
    from funcs_builder.source import Deferred

    cache = Cache.of(bench.environ)
    recipe = Recipe.for_python("3.11", cache)
    base = DebianBases(cache.root / "debian", bench.environ).base(recipe, "amd64")
    run = RunConfig(env={"PATH": recipe.path})
    layers = {
        "sample-base:latest": LayerPlan("base", Deferred(base.digest, base.entries)),
        "true:latest": LayerPlan("busybox", busybox()),
    }
    engine = Engine.connect(bench.environ)
    for name, layer in layers.items():
        plan = BuildPlan(SCRATCH, (layer,), run)
        image = assemble(plan, Base(Image.scratch(LINUX_AMD64)), cache)
        EnginePublisher(engine, Reference.parse(name)).publish(image)
    engine.close()


def _builds(bench: Bench) -> None:
    layout = str(bench.folder / "layout")
    _forget_layers(bench)
    _make_base(bench)
    cold_s = _timed(lambda: bench.cli("-o", layout))
    cold_docker_s = _timed(bench.docker)
    bench.row("cold: packages, model, code", cold_s, cold_docker_s, "0.250")
    docker_s = _changed(bench, bench.docker)
    cli_s = _changed(bench, lambda: bench.cli("-o", layout))
    bench.row("code changed: the command", cli_s, docker_s, "0.100")
    bench.cli()
    engine_s = _changed(bench, bench.cli)
    bench.row("code changed: until it is in dockerd", engine_s, docker_s, "0.200")
    bench.library("-o", layout)
    library_s = _changed(bench, lambda: bench.library("-o", layout))
    bench.row("code changed: the library alone", library_s, docker_s, "20 ms")


def _forget_layers(bench: Bench) -> None:
    for name in ("blobs", "memo", "pyc"):
        shutil.rmtree(bench.folder / "cache" / "funcs" / name)


def _make_base(bench: Bench) -> None:
    """The base as a layer, which the engine has already, by a function that has nothing else."""
    folder = bench.folder / "bare"
    folder.mkdir()
    for name in ("main.py", "function.yaml"):
        shutil.copy(bench.sample / name, folder)
    bench.library("-o", str(folder / "layout"), at=folder)


def _push(bench: Bench) -> None:
    words = ("-r", bench.registry)
    bench.library(*words)
    push_s = _changed(bench, lambda: bench.library(*words))
    bench.row("code changed: library, until pushed", push_s, None, "–")
    same_s = statistics.median(_timed(lambda: bench.library(*words)) for _ in range(ROUNDS))
    bench.row("nothing changed: push", same_s, None, "100 ms")


def _starts(bench: Bench) -> None:
    true_s = statistics.median(_started(bench, "true:latest", ["/bin/true"]) for _ in range(ROUNDS))
    ours_s = statistics.median(_started(bench, "sample:latest", None) for _ in range(ROUNDS))
    most = f"{1.2 * true_s * 1e3 + 150:.0f} ms"
    bench.row("start until the first answer; beside `true`", ours_s, true_s, most)


def _changed(bench: Bench, act: Callable[[], None]) -> float:
    """The median of several rounds, each with another code."""
    found = []
    for _ in range(ROUNDS):
        bench.change()
        found.append(_timed(act))
    return statistics.median(found)


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _started(bench: Bench, image: str, command: list[str] | None) -> float:
    """From asking the engine until the container has ended, or without a command has answered."""
    begun = time.perf_counter()
    container = bench.client.containers.create(image, command=command, network_mode="none")
    container.start()
    if command:
        container.wait()
    else:
        pid = bench.client.api.inspect_container(str(container.id))["State"]["Pid"]
        asking = threading.Thread(target=_ask, args=(pid,))
        asking.start()
        asking.join()
    took = time.perf_counter() - begun
    container.remove(force=True)
    return took


def _ask(pid: int) -> None:
    """Ask port 8080 in the process' own network until it answers."""
    space = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    ctypes.CDLL(None).setns(space, _NEW_NETWORK)
    os.close(space)
    while True:
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", 8080)) == 0:
                sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                assert sock.recv(100).startswith(b"HTTP/1.1 200")
                return
        time.sleep(0.001)


def _memory(bench: Bench) -> str:
    """The most memory that the command holds: all layers made, or a model of 1 GB, or a small."""
    _forget_layers(bench)
    wheels = _peak_kb(bench, 1 << 20)
    (bench.sample / "requirements.txt").unlink()
    shutil.rmtree(bench.sample / "wheels")
    _peak_kb(bench, 1 << 20)  # the packages are there from here on
    small, large = _peak_kb(bench, 1 << 21), _peak_kb(bench, 1 << 30)
    found = {"wheels_mib": wheels, "model_of_1_gb_mib": large, "small_model_mib": small}
    return json.dumps({name: kb // 1024 for name, kb in found.items()})


def _peak_kb(bench: Bench, size: int) -> int:
    with (bench.sample / "model.bin").open("wb") as file:
        for _ in range(size >> 20):
            file.write(os.urandom(1 << 20))
    code = "import sys; from funcs.cli.main import main; main(sys.argv[1:]);"
    code += "print(open('/proc/self/status').read(), file=sys.stderr)"
    words = ["build", "--base", "scratch", "--no-index", "--find-links"]
    words += [str(bench.folder / "wheels"), "-o", str(bench.folder / "memory")]
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=bench.sample,
        env=bench.environ,
        check=True,
        capture_output=True,
        text=True,
    )
    return int(re.findall(r"VmHWM:\D+(\d+) kB", done.stderr)[0])


def _table(rows: list[tuple[str, str, str, str, str]]) -> str:
    head = ("", "funcs ms", "docker ms", "funcs / docker", "wanted")
    lines = [f"| {' | '.join(row)} |" for row in (head, ("---",) * 5, *rows)]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
