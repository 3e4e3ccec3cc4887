from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path

import pytest

from funcs.processor.config import Function
from funcs.processor.launch import ExecLauncher, Order, Process, ending, worker_environ

_CHILD_SUBREAPER = 36
ORDER = Order(3, "http", "web", "/tmp/e", "/tmp/c")
FUNCTION = Function(
    name="shop", namespace="ns", description="d", version=2, handler="m:h", settings={"graph": "g"}
)


def test_the_command_is_nuclios() -> None:
    launcher = ExecLauncher(FUNCTION, {"NUCLIO_PYTHON_WRAPPER_PATH": "/w.py"}, platform_kind="kube")

    assert [
        sys.executable, "-u", "/w.py", "--handler", "m:h", "--event-socket-path", "/tmp/e",
        "--control-socket-path", "/tmp/c", "--platform-kind", "kube", "--namespace", "ns",
        "--worker-id", "3", "--trigger-kind", "http", "--trigger-name", "web",
        "--decode-event-strings",
    ] == launcher.command(ORDER)  # fmt: skip


@pytest.mark.parametrize("word", ["No", "false", "DISABLE", "disabled"])
def test_strings_may_stay_bytes(word: str) -> None:
    launcher = ExecLauncher(FUNCTION, {"NUCLIO_PYTHON_DECODE_EVENT_STRINGS": word})

    assert "--decode-event-strings" not in launcher.command(ORDER)


def test_our_own_wrapper_is_the_default() -> None:
    assert Path(ExecLauncher(FUNCTION, {}).wrapper).name == "_nuclio_wrapper.py"


def test_a_worker_gets_the_environment_and_what_nuclio_adds() -> None:
    environ = {"MINE": "1", "PYTHONPATH": "/own", "NUCLIO_PYTHON_PATH": "/function"}

    given = worker_environ(FUNCTION, environ)

    assert {
        "MINE": "1", "NUCLIO_PYTHON_PATH": "/function", "PYTHONPATH": "/function:/own",
        "NUCLIO_HANDLER": "m:h", "NUCLIO_FUNCTION_NAME": "shop", "NUCLIO_FUNCTION_HANDLER": "m:h",
        "NUCLIO_FUNCTION_DESCRIPTION": "d", "NUCLIO_FUNCTION_VERSION": "2",
        "FUNCS_CONFIG": json.dumps({"graph": "g"}), "FUNCS_NUCLIO": "1.15",
    } == given  # fmt: skip


def test_settings_given_from_outside_win_and_the_folder_has_nuclios_default() -> None:
    given = worker_environ(FUNCTION, {"FUNCS_CONFIG": "{}"})

    assert ("{}", "/opt/nuclio") == (given["FUNCS_CONFIG"], given["PYTHONPATH"])


@pytest.mark.parametrize(
    "environ", [{"FUNCS_NUCLIO": "1.14"}, {"FUNCS_CONFIG": '{"nuclio": "1.14"}'}]
)
def test_a_worker_is_told_the_level_wherever_it_was_set(environ: dict[str, str]) -> None:
    assert "1.14" == worker_environ(FUNCTION, environ)["FUNCS_NUCLIO"]


def test_how_a_process_ended_is_told_in_nuclios_words() -> None:
    assert ["exit status 0", "exit status 9", "signal: segmentation fault"] == [
        ending(0), ending(9), ending(-11),
    ]  # fmt: skip


def test_what_the_leader_of_a_group_has_started_ends_with_it() -> None:
    # As an image's first process: what the shell leaves becomes a child of ours.
    assert 0 == ctypes.CDLL(None).prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
    reader, writer = os.pipe()
    pid = os.posix_spawn(
        "/bin/sh",
        ["sh", "-c", "sleep 600 & echo $!"],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, writer, 1)],
        setpgroup=0,
    )
    os.close(writer)
    process = Process(pid, leads_group=True)
    left = int(os.read(reader, 100))
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    assert process.has_ended()
    os.read(reader, 1)  # the pipe ends with whoever was left
    os.waitid(os.P_PID, left, os.WEXITED | os.WNOWAIT)
    process.reap_group()
    with pytest.raises(ChildProcessError):
        os.waitpid(left, os.WNOHANG)
    ctypes.CDLL(None).prctl(_CHILD_SUBREAPER, 0, 0, 0, 0)
    os.close(reader)
    process.close()


def test_a_process_is_watched_to_its_end() -> None:
    pid = os.posix_spawn("/bin/sleep", ["sleep", "60"], {})
    process = Process(pid)
    assert not process.has_ended()
    process.kill()
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    assert process.has_ended()
    assert -9 == process.exit_code
    process.signal(15)  # nobody is there any more
    process.close()
    process.close()
    assert -1 == process.fileno()
