"""`funcs run --watch`: new code serves after a save, and nobody is cut off by it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from funcs.emulator.call import call
from tests.funcs.emulator.terminal import PATIENCE_S, RunProcess, write_files

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="funcs run needs POSIX")

ANSWERS = "def handler(context, event):\n    return {!r}\n"
WAITS = """
import os
import time


def handler(context, event):
    print("began")
    while not os.path.exists("../release"):
        time.sleep(0.01)
    return "old"
"""

Watch = Callable[[dict[str, str]], RunProcess]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "shop"


@pytest.fixture
def watch(folder: Path) -> Iterator[Watch]:
    """Starts `funcs run --watch` on the folder with these files."""
    processes: list[RunProcess] = []

    def begin(files: dict[str, str], *arguments: str, **options: Any) -> RunProcess:
        write_files(folder, files)
        processes.append(RunProcess(folder, "--watch", *arguments, **options))
        processes[-1].wait_for(r"^  code     reloaded on every save$")
        return processes[-1]

    yield begin
    for process in processes:
        process.end()


def save(run: RunProcess, file: Path, text: str, expect: str) -> str:
    """Save the file until the emulator has seen it; what it printed from then on."""
    before = len(run.printed)
    file.write_text(text)
    run.wait_for(expect, after=before)
    return run.printed[before:]


def test_new_code_serves_after_a_save(watch: Watch, folder: Path) -> None:
    run = watch({"main.py": ANSWERS.format("one")})
    assert "one" == call(run.url).text

    save(run, folder / "main.py", ANSWERS.format("two"), r"^reloaded main\.py in \d")

    assert "two" == call(run.url).text


def test_a_neighbour_and_a_model_count_as_code(watch: Watch, folder: Path) -> None:
    main = "import words\nfrom pathlib import Path\n\nMODEL = Path('models/m.txt').read_text()\n"
    main += "def handler(context, event):\n    return words.WORD + MODEL\n"
    run = watch({"main.py": main, "words.py": "WORD = 'a'\n", "models/m.txt": "1"})

    save(run, folder / "words.py", "WORD = 'b'\n", r"^reloaded words\.py in ")
    assert "b1" == call(run.url).text
    save(run, folder / "models" / "m.txt", "2", r"^reloaded models/m\.txt in ")
    assert "b2" == call(run.url).text


def test_a_request_in_flight_is_answered_by_the_code_it_began_with(
    watch: Watch, folder: Path
) -> None:
    run = watch({"main.py": WAITS})
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(call(run.url).text))
    asking.start()
    run.wait_for(r"^began$")

    save(run, folder / "main.py", ANSWERS.format("new"), r"^reloaded main\.py in ")
    assert "new" == call(run.url).text
    assert [] == answers
    (folder.parent / "release").touch()
    asking.join(PATIENCE_S)

    assert ["old"] == answers


@pytest.mark.parametrize(
    ("text", "error", "place"),
    [
        ("def handler(:\n", "SyntaxError: invalid syntax", "main.py:1"),
        ("import nosuch\n", "ModuleNotFoundError: No module named 'nosuch'", "main.py:1"),
        ("\n\n1 / 0\n", "ZeroDivisionError: division by zero", "main.py:3"),
    ],
)
def test_a_broken_save_is_told_and_the_old_code_goes_on(
    watch: Watch, folder: Path, text: str, error: str, place: str
) -> None:
    spec = "spec: {handler: 'main:handler'}\n"
    run = watch({"main.py": ANSWERS.format("one"), "function.yaml": spec})

    told = save(run, folder / "main.py", text, r"^not reloaded: the code from before goes on$")

    assert f"error: {error}\n  at:  {place}\n" in told
    assert "a worker ended" not in told
    assert "one" == call(run.url).text
    save(run, folder / "main.py", ANSWERS.format("two"), r"^reloaded main\.py in ")
    assert "two" == call(run.url).text


def test_a_save_that_leaves_no_function_is_told_too(watch: Watch, folder: Path) -> None:
    run = watch({"main.py": ANSWERS.format("one")})

    told = save(run, folder / "main.py", "def handler(:\n", r"^not reloaded")

    assert "error: not Python: invalid syntax\n  at:  main.py:1\n" in told
    assert "one" == call(run.url).text


def test_code_that_is_broken_from_the_start_is_waited_for(folder: Path) -> None:
    write_files(folder, {"main.py": "1 / 0\n" + ANSWERS.format("one")})
    run = RunProcess(folder, "--watch")
    run.wait_for(r"^error: ZeroDivisionError: division by zero\n  at:  main\.py:1$")
    run.wait_for(r"^waiting for a save that mends it$")

    save(run, folder / "main.py", "x = y\n" + ANSWERS.format("one"), r"^error: NameError: ")
    save(run, folder / "main.py", ANSWERS.format("two"), r"^  address ")

    assert "two" == call(run.url).text
    assert 0 == run.end()


def test_ctrl_c_ends_the_waiting_too(folder: Path) -> None:
    run = RunProcess(write_files(folder, {"main.py": "1 / 0\ndef handler(c, e): ...\n"}), "--watch")
    run.wait_for(r"^waiting for a save that mends it$")

    assert 0 == run.end()


def test_function_yaml_counts_too(watch: Watch, folder: Path) -> None:
    main = "import os\ndef handler(context, event):\n    return os.environ.get('WORD', '-')\n"
    spec = "spec:\n  handler: main:handler\n  env: [{{name: WORD, value: {}}}]\n"
    run = watch({"main.py": main, "function.yaml": spec.format("one")})
    assert "one" == call(run.url).text

    save(run, folder / "function.yaml", spec.format("two"), r"^reloaded function\.yaml in ")
    assert "two" == call(run.url).text

    told = save(run, folder / "function.yaml", "spec:\n  handlr: x\n", r"^not reloaded")
    assert "function.yaml:2" in told
    assert "two" == call(run.url).text

    more = spec.format("three") + "  triggers: {web: {kind: http, numWorkers: 3}}\n"
    told = save(run, folder / "function.yaml", more, r"^reloaded function\.yaml in ")
    assert "triggers and time limits change at the next start" in told
    assert "three" == call(run.url).text


def test_what_funcs_and_python_leave_behind_is_no_change(watch: Watch, folder: Path) -> None:
    run = watch({"main.py": ANSWERS.format("one"), "__pycache__/x.pyc": "", ".git/index": ""})

    (folder / "__pycache__" / "main.pyc").write_text("x")
    (folder / ".git" / "index").write_text("x")
    (folder / ".funcs" / "more.json").write_text("x")
    save(run, folder / "main.py", ANSWERS.format("two"), r"^reloaded main\.py in ")

    assert 1 == run.printed.count("\nreloaded ")
