from __future__ import annotations

import subprocess
import sys

import pytest

from funcs.worker.arguments import Arguments

NEEDED = "--handler m:h --event-socket-path /e --control-socket-path /c"
ALL = (
    f"{NEEDED} --platform-kind kube --namespace ns --worker-id 3 --trigger-kind http"
    " --trigger-name web --log-level 10 --decode-event-strings"
)


def test_a_processors_command_line_is_read() -> None:
    read = Arguments.parse(ALL.split())

    assert ("m:h", "/e", "/c") == (read.handler, read.event_socket_path, read.control_socket_path)
    assert ("kube", "ns", "3") == (read.platform_kind, read.namespace, read.worker_id)
    assert ("http", "web", True) == (
        read.trigger_kind,
        read.trigger_name,
        read.decode_event_strings,
    )


def test_what_is_not_said_is_nuclios_default() -> None:
    read = Arguments.parse(NEEDED.split())

    assert ("local", None, None) == (read.platform_kind, read.namespace, read.worker_id)
    assert (None, None, False) == (
        read.trigger_kind,
        read.trigger_name,
        read.decode_event_strings,
    )


def test_an_empty_value_is_a_value() -> None:
    assert "" == Arguments.parse([*NEEDED.split(), "--trigger-kind", ""]).trigger_kind


@pytest.mark.parametrize("line", [f"{NEEDED} --worker-id=3", f"{NEEDED} --worker 3"])
def test_argparses_other_forms_are_read_too(line: str) -> None:
    assert "3" == Arguments.parse(line.split()).worker_id


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--handler m:h", "the following arguments are required: --event-socket-path"),
        (f"{NEEDED} --handler", "argument --handler: expected one argument"),
        (f"{NEEDED} --nothing 5", "unrecognized arguments: --nothing 5"),
        (f"{NEEDED} more", "unrecognized arguments: more"),
        (f"{NEEDED} --platform-kind moon", "argument --platform-kind: invalid choice: 'moon'"),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_the_reason(
    line: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        Arguments.parse(line.split())

    assert 2 == end.value.code
    assert sentence in capsys.readouterr().err


def test_a_processors_command_line_needs_no_argparse() -> None:
    code = (
        "import sys; from funcs.worker.arguments import Arguments;"
        f"Arguments.parse({ALL.split()!r}); print('argparse' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "False" == done.stdout.strip()
