"""A processor that is killed: what of it is left."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from tests.funcs.processor.flood import until
from tests.funcs.processor.household import Household
from tests.funcs.processor.program import fetch, program, serving_port
from tests.funcs.processor.serving import PROBE

HOSTILE = PROBE.parent / "hostile"


@pytest.mark.parametrize("path", ["/hello", "/tasks", "/block", "/block-on-loop", "/log/many"])
def test_its_workers_end_with_it_and_leave_no_file(tmp_path: Path, path: str) -> None:
    household = Household()
    process = program(tmp_path, folder=HOSTILE, workers=2, environ=household.environ)
    port = serving_port(process)
    answers = [fetch(port, "/sockets").decode().split() for _ in range(2)]
    sockets = {Path(word) for answer in answers for word in answer if "nuclio-rpc-" in word}
    if "block" in path:
        threading.Thread(target=fetch, args=(port, path), daemon=True).start()
        until(lambda: fetch(port, "/pid") == fetch(port, "/pid"))  # the other one is taken
    else:
        fetch(port, path)

    process.send_signal(signal.SIGKILL)

    household.until_gone()
    process.communicate(timeout=20)
    assert 4 == len(sockets)
    assert [] == [path for path in sockets if path.exists()]


def test_a_worker_that_is_still_starting_ends_too(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import os, time\n"
        "parent = os.getppid()\n"
        f"open({str(tmp_path / 'begun')!r}, 'w').close()\n"
        "while os.getppid() == parent:\n"
        "    time.sleep(0.001)\n"
        "def handler(context, event):\n"
        "    pass\n"
    )
    household = Household()
    process = program(tmp_path, folder=tmp_path, environ=household.environ)
    until((tmp_path / "begun").exists)

    process.send_signal(signal.SIGKILL)

    household.until_gone()
    output, _ = process.communicate(timeout=20)
    sockets = [Path(word) for word in output.split('"') if word.startswith("/tmp/nuclio-rpc-")]
    assert sockets
    assert [] == [path for path in sockets if path.exists()]
