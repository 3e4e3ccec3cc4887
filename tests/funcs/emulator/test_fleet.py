"""`funcs run shop billing`: several functions together, which call each other."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from funcs.emulator.call import call
from tests.funcs.emulator.terminal import RunProcess, children_of, is_alive, write_files
from tests.funcs.processor.flood import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="funcs run needs POSIX")

SHOP = """
import nuclio_sdk


def handler(context, event):
    name = event.path.strip("/") or "billing"
    event = nuclio_sdk.Event(body={"rows": 3}, path="/bill", method="POST")
    bill = context.platform.call_function(name, event)
    context.logger.info_with("billed", status=bill.status_code)
    return {"bill": bill.body, "status": bill.status_code}
"""
BILLING = """
def handler(context, event):
    context.logger.info("billing now")
    target = event.headers.get("X-Nuclio-Target")
    return {"total": event.body["rows"] * 2, "path": event.path, "target": target}
"""
NAMES = ("shop", "billing")
Start = Callable[..., RunProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `funcs run shop billing` in a folder with both; ended with the test."""
    processes: list[RunProcess] = []

    def begin(*arguments: str, shop: str = SHOP, billing: str = BILLING) -> RunProcess:
        write_files(tmp_path, {"shop/main.py": shop, "billing/main.py": billing})
        processes.append(RunProcess("shop", "billing", *arguments, cwd=tmp_path))
        return processes[-1]

    yield begin
    for process in processes:
        process.end()


def _url(run: RunProcess, name: str) -> str:
    return run.wait_for(rf"^  {name} +(http://\S+)  handler main:handler, 1 worker")[1]


def test_one_function_calls_another_by_its_name(start: Start) -> None:
    run = start()
    answer = call(_url(run, "shop"))

    bill = {"total": 6, "path": "/bill", "target": "billing"}
    assert {"bill": bill, "status": 200} == answer.json()
    run.wait_for(r"^billing \|   info   billing now$")
    run.wait_for(r"^shop    \|   info   billed  status=200$")
    run.wait_for(r"^billing \| POST /bill 200 ")
    assert 0 == run.end()
    assert "Traceback" not in run.printed


def test_an_unknown_function_is_a_clear_error(start: Start) -> None:
    run = start()
    answer = call(_url(run, "shop"), path="/biling")

    assert 500 == answer.status
    assert "no function 'biling' runs here" in answer.text
    assert "did you mean 'billing'?" in answer.text


def test_a_function_that_does_not_start_ends_them_all(start: Start) -> None:
    run = start(billing="import nowhere\n" + BILLING)

    assert 1 == run.wait()
    assert "billing | error: ModuleNotFoundError: No module named 'nowhere'" in run.printed
    assert "billing |   at:  main.py:1" in run.printed


def test_one_that_ends_takes_the_others_with_it(start: Start) -> None:
    run = start()
    _url(run, "shop")
    members = children_of(run.process.pid)
    os.kill(members[0], signal.SIGKILL)

    assert 1 == run.wait()
    run.wait_for(r"^\w+ +\| ended with exit code -9; the others end with it$")


def test_none_is_left_when_it_is_killed(start: Start) -> None:
    run = start()
    _url(run, "shop")
    members = children_of(run.process.pid)
    workers = [worker for member in members for worker in children_of(member)]
    assert (2, 2) == (len(members), len(workers))

    run.process.kill()

    until(lambda: not any(is_alive(pid) for pid in (*members, *workers)))


def test_as_json_every_line_says_whose_it_is(start: Start) -> None:
    run = start("--json")
    found = [run.wait_for(rf'^{{"kind": "ready", "function": "{name}".*$')[0] for name in NAMES]
    call(json.loads(found[0])["url"])
    run.wait_for(r'"kind": "log", "function": "billing"')

    assert list(NAMES) == [json.loads(line)["name"] for line in found]
