"""The function's own error is dug out of what the recorded dashboard said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from funcs.deploy.errors import FunctionFailedError
from funcs.deploy.failure import failure
from tests.conformance.dashboard.replay import sequences

HERE = Path()


def recorded(name: str) -> FunctionFailedError:
    return failure("shop", sequences()[name]["states"][-1]["message"], "", HERE)


@pytest.mark.parametrize(
    ("name", "what", "where", "fix"),
    [
        (
            "fail-import",
            "fails at its start: ModuleNotFoundError: No module named 'no_such_module_demo'",
            "badimport.py:1",
            "pip install no_such_module_demo",
        ),
        ("fail-init", "fails at its start: RuntimeError: demo init failure", "badinit.py:2", ""),
        ("src-syntax-error", "fails at its start: SyntaxError: expected ':'", "main.py:1", ""),
        ("upd-put-bad", "fails at its start: ModuleNotFoundError", "badimport.py:1", ""),
        ("fail-image-missing", "the platform cannot find the image 'demo/absent:1'", "", "push it"),
        ("fail-port-taken", "port 8070 of the platform's host is taken", "", "attributes.port"),
        ("fail-env-quote", "a quote broke the dashboard's shell command", "", "take quotes out"),
        ("fail-readiness", "it was not healthy in time", "", "readinessTimeoutSeconds"),
        ("src-size-80k", "too large for the dashboard's shell", "", "deploy an image"),
        ("limit-env-over", "too large for the dashboard's shell", "", "deploy an image"),
        ("src-cmd-fails", "a build command failed: exit 3", "", "spec.build.commands"),
        ("helper-slow-real", "before it wrote its configuration", "", "deploy again"),
        ("val-bad-runtime", "does not run: Registry for runtime failed to find: cobol", "", ""),
        ("conc-states", "another deploy of it ran at the same moment", "", "deploy again"),
        ("hw-killed", "its container ended, or does not answer", "", "funcs logs"),
    ],
)
def test_a_recorded_failure_is_explained(name: str, what: str, where: str, fix: str) -> None:
    error = recorded(name)

    assert what in error.what
    assert where == error.where
    assert fix in error.fix


def test_the_traceback_is_the_functions_own() -> None:
    lines = recorded("fail-init").lines

    assert (
        "Traceback (most recent call last):",
        '  File "/opt/nuclio/badinit.py", line 2, in init_context',
        "    raise RuntimeError('demo init failure')",
        "RuntimeError: demo init failure",
    ) == lines


def test_what_a_slow_function_printed_is_shown() -> None:
    assert "slow start" in recorded("fail-readiness").lines


@pytest.mark.parametrize("name", ["fail-readiness", "fail-image-missing", "src-cmd-fails"])
def test_neither_gos_frames_nor_the_configuration_are_shown(name: str) -> None:
    text = "\n".join(recorded(name).lines)

    assert ".go:" not in text
    assert "Read configuration" not in text
    assert not {"stdout:", "stderr:", "Call stack:"} & set(text.splitlines())


def test_a_long_line_is_cut() -> None:
    error = failure("shop", f"Error - {'x' * 9000}\n", "", HERE)

    assert len(error.what) < 600
    assert max(map(len, error.lines)) <= 500


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("\nError - exit status 125\n", "exit status 125"),
        ("docker: Error response from daemon: no such device\n", "no such device"),
        ("Error - Container exited with status: 1\nLogs:\nError - no route\n", "no route"),
        ("something else\n", "something else"),
    ],
)
def test_the_innermost_cause_is_told(message: str, cause: str) -> None:
    assert f"function 'shop' does not run: {cause}" == failure("shop", message, "", HERE).what


def test_the_containers_log_is_looked_into_where_the_message_says_nothing() -> None:
    log = (
        "26.11.25 10:00:00.000 (I) processor Starting processor\n"
        "Traceback (most recent call last):\n"
        '  File "/usr/lib/python3/site-packages/funcs/host/host.py", line 3, in load\n'
        "    graph()\n"
        '  File "/opt/nuclio/main.py", line 7, in load\n'
        "    1 / 0\n"
        "ZeroDivisionError: division by zero\n"
    )

    error = failure("shop", "Back-off restarting failed container", log, HERE)

    assert "function 'shop' fails at its start: ZeroDivisionError: division by zero" == error.what
    assert "main.py:7" == error.where
    assert "host.py" not in "\n".join(error.lines)


def test_our_own_error_keeps_its_place_and_fix() -> None:
    log = (
        "Traceback (most recent call last):\n"
        '  File "/opt/nuclio/main.py", line 5, in <module>\n'
        "    graph['siz']\n"
        "funcs.errors.GraphError: graph 'g' has no step 'siz'\n"
        "  at:  graph 'g'\n"
        "  fix: did you mean 'size'?\n"
        "and then it ended\n"
    )

    error = failure("shop", "", log, HERE)

    assert "function 'shop' fails at its start: graph 'g' has no step 'siz'" == error.what
    assert "did you mean 'size'?" == error.fix


@pytest.mark.parametrize("message", ["", "\n\n", "Error - \n"])
def test_a_platform_that_does_not_say_why(message: str) -> None:
    error = failure("shop", message, "", HERE)

    assert "function 'shop' does not run: the platform does not say why" == error.what


@pytest.mark.parametrize(
    ("message", "what"),
    [
        ('pods "x" is forbidden: exceeded quota: pods, used: 4', "quota is used up: pods"),
        ("ImagePullBackOff Back-off pulling image", "cannot find the image"),
        ("bind source path does not exist: /data", "has no folder /data"),
    ],
)
def test_what_clusters_and_hosts_say(message: str, what: str) -> None:
    assert what in failure("shop", message, "", HERE).what
