"""Functions of the shapes that people have, run unchanged by a real emulator."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from funcs.emulator.call import call
from funcs.emulator.image_folder import is_allowed
from funcs.testing import Emulator
from tests.funcs.emulator.terminal import RunProcess

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="funcs run needs POSIX")

PEOPLE = Path(__file__).parents[2] / "functions" / "people"
Serve = Callable[[str], Emulator]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts one of the functions by its folder's name."""
    running: list[Emulator] = []

    def begin(name: str) -> Emulator:
        running.append(Emulator(PEOPLE / name))
        return running[-1]

    yield begin
    for emulator in running:
        emulator.close()


def _notices(emulator: Emulator) -> list[str]:
    ready = next(record for record in emulator.records if record["kind"] == "ready")
    return list(ready["notices"])


needs_mount = pytest.mark.skipif(
    sys.platform == "win32" or not is_allowed(PEOPLE), reason="no mount namespace is allowed"
)


@needs_mount
def test_one_reads_its_own_function_yaml(serve: Serve) -> None:
    emulator = serve("labels")

    answer = emulator.invoke({"ids": [2, 0, 7]})

    assert ["car", "person", "unknown"] == answer.json()
    assert [] == [notice for notice in _notices(emulator) if "/opt/nuclio" in notice]


@needs_mount
def test_one_takes_its_files_place_from_the_environment(serve: Serve) -> None:
    emulator = serve("settings")

    answer = emulator.get("/").json()

    assert {"words": ["alpha", "beta"], "method": "GET"}.items() <= answer.items()
    assert {"trigger": "http", "function": "settings"}.items() <= answer.items()


def test_one_for_an_old_python_and_a_gpu_runs_with_one_warning(serve: Serve) -> None:
    emulator = serve("cuda")

    answer = emulator.invoke({"threshold": 0.2}).json()

    device = "cuda" if os.path.exists("/dev/nvidia0") else "cpu"  # noqa: PTH110 - as it looks
    assert ([{"label": "car", "confidence": 0.9}], device) == (answer["results"], answer["device"])
    assert list(sys.version_info[:2]) == answer["python"]
    (notice,) = _notices(emulator)
    assert re.match(r"runtime is 'python:3\.8'; here the function runs on ", notice)


def test_one_takes_images_of_24_mb_in_32_mb_of_base64(serve: Serve) -> None:
    emulator = serve("images")
    image = os.urandom(1 << 20) * 24

    answer = emulator.invoke({"image": base64.b64encode(image).decode("ascii")})

    assert {"bytes": len(image), "sha256": hashlib.sha256(image).hexdigest()} == answer.json()
    too_large = emulator.post("/", body=bytes(49 << 20)).status
    assert 400 == too_large  # as Nuclio's server says it


def test_one_keeps_its_model_in_user_data(serve: Serve) -> None:
    emulator = serve("keeps_model")
    rows = {"instances": [[2, 4, 0], [0, 0, 1]]}

    first, second = emulator.invoke(rows).json(), emulator.invoke(rows).json()

    assert {"scores": [1.0, 0.0], "accepted": [True, False], "calls": 1} == first
    assert 2 == second["calls"]


def test_one_logs_heavily(serve: Serve) -> None:
    emulator = serve("chatty")

    answer = emulator.get("/", headers={"X-Count": "500", "X-Nuclio-Log-Level": "error"})

    assert "500" == answer.text
    assert [
        {"level": "error", "message": "done", "count": 500, "nested": {"a": [1, None, "ü"]}}
    ] == (answer.logs)
    logged = [each["message"] for each in emulator.records if each["kind"] == "log"]
    assert 500 == sum(message.startswith("step ") and " of " in message for message in logged)


def test_one_waits_for_several_things_at_once(serve: Serve) -> None:
    assert {"answers": [11, 12, 13]} == serve("waits").invoke({"numbers": [1, 2, 3]}).json()


ANSWERS: list[tuple[str, int, str, bytes]] = [
    ("text", 200, "text/plain", "ünicode".encode()),
    ("dict", 200, "application/json", b'{"a": 1}'),
    ("pair", 201, "text/plain", b"made"),
    ("pair-json", 202, "application/json", b'{"queued": true}'),
    ("response", 203, "text/html", b"<b>bold</b>"),
    ("response-json", 200, "application/json", b'{"b": 2}'),
    ("response-bytes", 200, "image/png", b"\x89PNG"),
    ("bytes", 200, "text/plain", b"\x00\xff"),
    ("empty", 204, "text/plain", b""),
]


def test_one_returns_every_kind_of_response(serve: Serve) -> None:
    emulator = serve("answers")

    found = []
    for kind, *_ in ANSWERS:
        answer = emulator.get(f"/{kind}")
        found.append((kind, answer.status, answer.headers.get("content-type", ""), answer.body))

    assert ANSWERS == found
    assert 500 == emulator.get("/raise").status
    assert "html" == emulator.get("/response").headers["x-kind"]


@pytest.fixture
def together() -> Iterator[str]:
    """The address of the shop, which calls the billing beside it."""
    run = RunProcess("shop", "billing", cwd=PEOPLE)
    yield run.wait_for(r"^  shop +(http://\S+) ")[1]
    run.end()


def _order(url: str, items: list[str], path: str = "/") -> tuple[int, Any]:
    import json

    headers = [("Content-Type", "application/json"), ("X-Order", "a1")]
    answer = call(url, "POST", path, body=json.dumps({"items": items}).encode(), headers=headers)
    return answer.status, answer.json() if answer.is_json else answer.text


def test_one_calls_another(together: str) -> None:
    bill = {"items": ["apple", "pear"], "total": 1.25, "order": "a1"}

    assert (200, bill) == _order(together, ["apple", "pear"])
    assert (502, "no price for kiwi") == _order(together, ["kiwi"])


def test_one_goes_on_when_the_other_is_not_there(together: str) -> None:
    assert (202, {"items": ["apple"], "total": None}) == _order(together, ["apple"], "/taxes")
