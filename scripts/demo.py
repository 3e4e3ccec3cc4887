"""Makes a digit classifier from a template, trains, serves, asks, builds and deploys it.

Nothing here is special to the demonstration: the commands are the ones a user types.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

from funcs.testing import Emulator

FUNCS = [sys.executable, "-m", "funcs"]
ROUTE = "/v2/models/digits/infer"
ENOUGH = 0.93
SHOWN = 3
SHADES = " .:-=+*#%@"
BRIGHTEST = 16  # scikit-learn's digits are 8 x 8 pixels from 0 to 16


@dataclass(frozen=True, slots=True)
class Image:
    """One held-out image: 64 brightnesses from 0 to 16, and the digit it shows."""

    pixels: Sequence[float]
    digit: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for an image; ``guess`` is None where there was no good answer."""

    guess: int | None
    latency_s: float


def main() -> int:
    """Run the whole of it; 1 if the classifier is worse than it should be."""
    began = perf_counter()
    with tempfile.TemporaryDirectory(prefix="funcs-demo-") as folder:
        function = Path(folder) / "digits"
        step("Make a function", "funcs new digits --template sklearn")
        run([*FUNCS, "new", "digits", "--template", "sklearn"], cwd=Path(folder), most_lines=1)
        step("Train its model", "python train.py")
        run([sys.executable, "train.py"], cwd=function)
        images = held_out(function)
        step("Serve it", "funcs run")
        with Emulator(function) as emulator:
            print(f"  {emulator.url}, {perf_counter() - began:.1f} s after the first step")
            step("Ask it", f"{len(images)} images it has not seen, over HTTP, one a request")
            replies = ask_all(emulator.url, images)
        status = report(images, replies)
        if status == 0:
            step("Build its image", "funcs build --base scratch")
            status = build(function, images)
    return status


def step(what: str, how: str) -> None:
    """Announce the next step."""
    print(f"\n{what}: {how}", flush=True)


def run(command: Sequence[str], *, cwd: Path, most_lines: int = 100) -> None:
    """Run a command, the first lines of its output indented; end all of it if it fails."""
    done = subprocess.run(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    lines = done.stdout.splitlines()
    if done.returncode:
        print("\n".join(lines), flush=True)
        sys.exit(f"error: {' '.join(command)} ended with exit code {done.returncode}")
    print("\n".join(f"  {line}" for line in lines[:most_lines]), flush=True)


def held_out(function: Path) -> list[Image]:
    """The images that the function's own train.py kept back."""
    spec = importlib.util.spec_from_file_location("train", function / "train.py")
    if spec is None or spec.loader is None:
        sys.exit(f"error: {function / 'train.py'} is no Python file")
    train = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(train)
    _, images, _, digits = train.split()
    return [
        Image(pixels.tolist(), int(digit)) for pixels, digit in zip(images, digits, strict=True)
    ]


def ask_all(url: str, images: Sequence[Image]) -> list[Reply]:
    """Send each image on one connection that is kept."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    with contextlib.closing(connection):
        return [ask(connection, image) for image in images]


def ask(connection: http.client.HTTPConnection, image: Image) -> Reply:
    """The digit that the model sees in one image."""
    tensor = {"name": "pixels", "shape": [1, 64], "datatype": "FP32", "data": image.pixels}
    body = json.dumps({"inputs": [tensor]})
    began = perf_counter()
    try:
        connection.request("POST", ROUTE, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return Reply(None, perf_counter() - began)
    latency_s = perf_counter() - began
    guess = json.loads(answer)["outputs"][0]["data"][0] if response.status == 200 else None
    return Reply(guess, latency_s)


def build(function: Path, images: Sequence[Image]) -> int:
    """Build the image, and where a Docker engine is up deploy it there; 1 if it is wrong."""
    line = [*FUNCS, "build", "--base", "scratch"]
    done = subprocess.run(line, cwd=function, capture_output=True, text=True, check=False)
    if done.returncode:  # a machine without apt, or without a network, has shown all it can
        print("\n".join(f"  {line}" for line in done.stderr.splitlines()))
        return 0
    shown = [line for line in done.stdout.splitlines() if line.startswith(("built", "  image"))]
    print("\n".join(f"  {line.strip()}" for line in shown))
    if (function / "digits.tar").exists():
        size = (function / "digits.tar").stat().st_size
        print(f"  digits.tar, {size / 1e6:.0f} MB: no Docker engine answers, that could run it")
        return 0
    return deploy(function, images)


def deploy(function: Path, images: Sequence[Image]) -> int:
    """Deploy the image, replace it while clients ask, and go back; 1 if a request is lost."""
    step("Deploy it", "funcs deploy --platform docker")
    try:
        url = funcs(function, "deploy").split()[-1]
        asked = images[::10]
        replies = ask_all(url, asked)
        right = sum(each.digit == reply.guess for each, reply in zip(asked, replies, strict=True))
        print(f"  {url}, {right} of {len(asked)} images seen rightly")
        step("Change the model, while clients ask", "python train.py; funcs build; funcs deploy")
        train = function / "train.py"
        train.write_text(train.read_text().replace("C=10.0", "C=1.0"))
        run([sys.executable, "train.py"], cwd=function)
        funcs(function, "build", "--base", "scratch")
        lost, count = change(url, images, lambda: funcs(function, "deploy"))
        print(f"  {count} requests meanwhile, {lost} of them lost")
        step("Go back, while clients ask", "funcs rollback")
        lost_again, count = change(url, images, lambda: funcs(function, "rollback"))
        print(f"  {count} requests meanwhile, {lost_again} of them lost")
    finally:
        funcs(function, "delete", "digits")
    return 0 if right >= ENOUGH * len(asked) and not lost + lost_again else 1


def change(url: str, images: Sequence[Image], act: Callable[[], object]) -> tuple[int, int]:
    """How many requests had no answer while something changed, of how many."""
    replies: list[Reply] = []
    is_over = threading.Event()

    def keep_asking() -> None:
        while not is_over.is_set():
            replies.extend(ask_all(url, images[:20]))

    asking = threading.Thread(target=keep_asking)
    asking.start()
    try:
        act()
    finally:
        is_over.set()
        asking.join()
    return sum(reply.guess is None for reply in replies), len(replies)


def funcs(function: Path, *words: str) -> str:
    """What a command about Docker prints; ends all of it if it fails."""
    target = {"FUNCS_PLATFORM": "docker"}
    done = subprocess.run(
        [*FUNCS, *words], cwd=function, env={**os.environ, **target},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"error: funcs {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


def report(images: Sequence[Image], replies: Sequence[Reply]) -> int:
    """Print the table and one picture; 1 if too few digits were seen rightly."""
    answered = [reply for reply in replies if reply.guess is not None]
    right = sum(image.digit == reply.guess for image, reply in zip(images, replies, strict=True))
    accuracy = right / len(images)
    latencies_ms = sorted(reply.latency_s * 1000 for reply in replies)
    rows = [
        ("sent", f"{len(images)}"),
        ("answered", f"{len(answered)}"),
        ("accuracy", f"{accuracy:.3f}"),
        ("p50", f"{latencies_ms[len(latencies_ms) // 2]:.2f} ms"),
        ("p99", f"{latencies_ms[len(latencies_ms) * 99 // 100]:.2f} ms"),
    ]
    print()
    for label, value in rows:
        print(f"  {label:<10} {value:>10}")
    print()
    shown = next(at for at, image in enumerate(images) if image.digit == SHOWN)
    print(picture(images[shown], replies[shown]))
    if len(answered) < len(images):
        print(f"\nerror: {len(images) - len(answered)} requests got no good answer")
        return 1
    if accuracy < ENOUGH:
        print(f"\nerror: an accuracy of {accuracy:.3f} is less than {ENOUGH}")
        return 1
    return 0


def picture(image: Image, reply: Reply) -> str:
    """One image in characters, two a pixel so that it is about square, and what was said of it."""
    lines = []
    for top in range(0, 64, 8):
        row = image.pixels[top : top + 8]
        lines.append("".join(2 * SHADES[round(p / BRIGHTEST * (len(SHADES) - 1))] for p in row))
    lines[3] += f"    the model says {reply.guess}"
    lines[4] += f"    it is a {image.digit}"
    return "\n".join(f"  {line.rstrip()}" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
