"""From a template to a rollback, by the commands that a person types, on a real engine."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from funcs.emulator.background import Background
from funcs.emulator.call import call
from tests.funcs.deploy.docker.conftest import Command
from tests.funcs.deploy.docker.load import Load

PLAIN = "def handler(context, event):\n    return 'one'\n"
YAML = """
metadata: {name: shop}
spec:
  handler: main:handler
  runtime: python:3.11
  build: {baseImage: scratch}
"""

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(600)]
DIGIT = "/v2/models/digits/infer"


def train(function: Path) -> None:
    subprocess.run([sys.executable, "train.py"], cwd=function, check=True, capture_output=True)


def ask(url: str, event: bytes) -> object:
    """The digits that the model sees; each answer has an id of its own."""
    answer = call(url, "POST", DIGIT, body=event, headers=[("Content-Type", "application/json")])
    assert 200 == answer.status, answer.text
    return json.loads(answer.text)["outputs"]


def test_from_a_template_to_a_rollback(command: Command, tmp_path: Path) -> None:
    funcs = Command(tmp_path, command.environ)
    funcs("new", "digits", "--template", "sklearn")
    function = tmp_path / "digits"
    (function / "funcs.toml").write_text("[targets.here]\nplatform = 'docker'\n")
    funcs = Command(function, command.environ)
    train(function)
    funcs("test")

    event = (function / "events" / "digit.json").read_bytes()
    tape = str(tmp_path / "tape.jsonl")
    serving = Background(function, "--record", tape, environ=command.environ)
    recorded = ask(serving.url, event)
    serving.stop()

    funcs("build", "--base", "scratch")
    funcs("deploy")
    url = funcs.url
    funcs("replay", tape, "--against", url)
    assert "nothing to change" in funcs("deploy")

    source = (function / "train.py").read_text()
    (function / "train.py").write_text(source.replace("gamma=0.001", "gamma=10.0"))
    train(function)
    assert "changed since its image" in funcs("deploy", code=1)
    differences = funcs("replay", tape, "--against", url, "--against", str(function), code=1)
    assert "1" in differences
    funcs("build", "--base", "scratch")
    funcs("deploy")
    assert recorded != ask(url, event)
    funcs("replay", tape, "--against", url, code=1)

    funcs("rollback")
    assert recorded == ask(url, event)
    funcs("replay", tape, "--against", url)
    funcs("delete", "digits")


def test_each_save_is_deployed_until_ctrl_c(command: Command) -> None:
    code = command.folder / "main.py"
    (command.folder / "function.yaml").write_text(YAML)
    code.write_text(PLAIN)
    command("deploy", "--build")
    load = Load(command.url)

    watching = command.begin("deploy", "--watch")
    with load.going_on(kept=2, single=2):
        load.wait_for("200 one")
        wait_for(watching, "watching for changes")
        code.write_text(PLAIN.replace("one", "two"))
        load.wait_for("200 two")
        wait_for(watching, "watching for changes")
        code.write_text("1 / 0\n")
        wait_for(watching, "ZeroDivisionError")
        wait_for(watching, "watching for changes")
        code.write_text(PLAIN.replace("one", "three"))
        load.wait_for("200 three")
        wait_for(watching, "watching for changes")
    watching.send_signal(signal.SIGINT)
    watching.communicate()

    assert 0 == watching.returncode
    assert {"200 one", "200 two", "200 three"} == load.answers.keys(), load.answers


def test_what_a_deploy_prints_for_a_program_is_that_alone(command: Command) -> None:
    (command.folder / "function.yaml").write_text(YAML)
    (command.folder / "main.py").write_text(PLAIN)

    process = command.begin("deploy", "--build", "-o", "json")
    printed, said = process.communicate(timeout=300)
    assert "ready" == json.loads(printed)["state"]
    assert "built shop:latest" in said


def wait_for(process: subprocess.Popen[str], words: str) -> None:
    """Read what it says until there are these words."""
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            return
    pytest.fail(f"it ended, and has not said {words!r}")
