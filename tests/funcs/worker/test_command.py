"""How a worker's process starts, and how it fails to."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from funcs.worker import WRAPPER_PATH
from tests.funcs.worker.conftest import Start

PLAIN = "def handler(context, event):\n    return 'x'\n"


@pytest.mark.parametrize(
    ("code", "handler", "reason"),
    [
        ("import a_module_that_is_not_there\n", "user:handler", "No module named 'a_module_"),
        ("def handler(:\n", "user:handler", "invalid syntax"),
        ("raise SystemExit(7)\n", "user:handler", "7"),
        (PLAIN, "user:not_there", "module 'user' has no attribute 'not_there'"),
        (PLAIN, "not_a_module:handler", "No module named 'not_a_module'"),
        (PLAIN, "user", "Malformed handler - 'user'"),
        (PLAIN, "user.py:handler", "No module named 'user.py'; 'user' is not a package"),
    ],
)
def test_a_handler_that_cannot_be_loaded_is_one_record_on_stdout_and_exit_1(
    start: Start, code: str, handler: str, reason: str
) -> None:
    worker = start(code, handler=handler, ready=False)

    assert 1 == worker.exit_code()
    record = json.loads(worker.out().splitlines()[-1])
    assert "Caught unhandled exception while initializing" == record["message"]
    assert ("error", "7") == (record["level"], record["with"]["worker_id"])
    assert reason in record["with"]["err"]
    assert "Traceback" in record["with"]["traceback"]


def test_it_says_when_it_connects(start: Start) -> None:
    worker = start(PLAIN)
    said = [json.loads(line)["message"] for line in worker.out().splitlines()]

    connecting, connected = "Connecting to socket", "Successfully connected to socket"
    assert [connecting, connected] * 2 == [text.rpartition(" ")[0] for text in said]


def test_init_context_is_that_of_the_module_that_defines_the_handler(start: Start) -> None:
    worker = start(
        "from json import loads as handler\n"
        "def init_context(context):\n"
        "    raise RuntimeError('not asked')\n"
    )

    assert b"while serving" not in worker.line_after_event()


def test_what_init_context_logs_comes_before_the_start(start: Start) -> None:
    worker = start(
        "def init_context(context):\n    context.logger.info_with('loading', model='m')\n" + PLAIN,
        ready=False,
    )
    record, started = worker.until_ready()

    assert b"s" == started
    assert {"model": "m", "worker_id": "7"} == json.loads(record[1:])["with"]


@pytest.mark.parametrize("first", ["", "import asyncio\n", "async "])
def test_an_init_context_that_fails_ends_it_with_its_traceback(start: Start, first: str) -> None:
    worker = start(
        f"{first}def init_context(context):\n    raise LookupError('no model')\n{PLAIN}",
        ready=False,
    )
    worker.accept()

    assert "Exception raised while running init_context" == worker.record()["message"]
    assert b"" == worker.line()
    assert 1 == worker.exit_code()
    assert "LookupError: no model" in worker.err()


@pytest.mark.parametrize("first", ["", "import asyncio\n"])
def test_an_init_context_that_exits_ends_it_with_its_code(start: Start, first: str) -> None:
    worker = start(
        f"{first}def init_context(context):\n    raise SystemExit(0)\n{PLAIN}", ready=False
    )
    worker.accept()

    assert "Exception raised while running init_context" == worker.record()["message"]
    assert 0 == worker.exit_code()


def test_a_socket_that_is_not_there_yet_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(PLAIN)
    words = ["--handler", "user:handler", "--event-socket-path", str(tmp_path / "nothing")]
    words += ["--control-socket-path", str(tmp_path / "nothing")]
    process = subprocess.Popen(
        [sys.executable, "-u", str(WRAPPER_PATH), *words],
        env={"PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(2)]
    process.kill()
    process.communicate()

    assert f"Failed to connect to {tmp_path / 'nothing'}\n" == lines[1]


@pytest.mark.parametrize(
    ("environ", "shown"),
    [
        ({}, False),
        ({"FUNCS_ERROR_DETAIL": "full"}, True),
        ({"FUNCS_ERROR_DETAIL": "message"}, False),
        ({"FUNCS_CONFIG": '{"error_detail": "full"}'}, True),
        ({"FUNCS_CONFIG": '{"error_detail": "full"}', "FUNCS_ERROR_DETAIL": "message"}, False),
        ({"FUNCS_CONFIG": "[]"}, False),
        ({"FUNCS_CONFIG": "{"}, False),
    ],
)
def test_a_client_sees_a_traceback_only_where_that_is_set(
    start: Start, environ: dict[str, str], shown: bool
) -> None:
    worker = start("def handler(context, event):\n    1 / 0\n", environ=environ)

    assert shown == ("Traceback" in worker.ask())


def test_sockets_of_a_processor_that_is_gone_are_left_soon_and_removed(
    start: Start, tmp_path: Path
) -> None:
    worker = start(PLAIN, ready=False, hangs_up=True)

    assert 1 == worker.exit_code()
    assert "Failed to connect to" in worker.out()
    assert [] == list(tmp_path.glob("*/event")) + list(tmp_path.glob("*/control"))


def test_a_users_modules_are_not_hidden_by_the_workers(start: Start, tmp_path: Path) -> None:
    code = (
        "import worker, wire, funcs\n"
        "def handler(context, event):\n"
        "    return worker.word + wire.word\n"
    )
    folder = tmp_path / "0"
    folder.mkdir()
    (folder / "worker.py").write_text("word = 'mine'\n")
    (folder / "wire.py").write_text("word = 'too'\n")
    (folder / "funcs.py").write_text("raise RuntimeError('hidden')\n")
    worker = start(code, folder=folder)

    assert "minetoo" == worker.ask()


def test_a_copy_of_the_wrapper_works_where_funcs_is_installed(start: Start, tmp_path: Path) -> None:
    copy = Path(shutil.copy(WRAPPER_PATH, tmp_path))

    assert "x" == start(PLAIN, wrapper=copy).ask()


def test_a_plain_worker_imports_nothing_heavy(start: Start) -> None:
    worker = start(
        "import sys\ndef handler(context, event):\n    return ' '.join(sorted(sys.modules))\n"
    )
    heavy = {"numpy", "pydantic", "yaml", "rich", "requests", "asyncio", "typing", "socket"}
    heavy |= {
        "dataclasses",
        "inspect",
        "argparse",
        "pathlib",
        "http.client",
        "orjson",
        "funcs.graph",
    }

    assert set() == heavy & set(worker.ask().split())
