"""`funcs invoke`: nuctl's letters, readable logs, and an exit code that tells."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from funcs.cli.invoke import parse_headers, read_body, show
from funcs.emulator.answer import Answer, Headers
from funcs.errors import FuncsError
from tests.funcs.emulator.terminal import RunProcess, write_files

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="funcs run needs POSIX")

MAIN = """
def handler(context, event):
    context.logger.debug_with("looking", path=event.path)
    context.logger.info_with("asked", path=event.path)
    if event.path == "/long":
        context.logger.info(5000 * "x")
    if event.path == "/fail":
        raise ValueError("no such luck")
    if event.path == "/raw":
        return context.Response(body=b"\\x00\\xff", content_type="application/octet-stream")
    body = event.body.decode() if isinstance(event.body, bytes) else event.body
    tenant = event.headers.get("X-Tenant")
    kind = event.content_type
    fields = event.fields
    return {"m": event.method, "p": event.path, "b": body, "t": tenant, "c": kind, "f": fields}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_files(tmp_path_factory.mktemp("invoke") / "shop", {"main.py": MAIN})


@pytest.fixture(scope="module")
def run(folder: Path) -> Iterator[RunProcess]:
    """The function being served."""
    process = RunProcess(folder)
    assert process.url
    yield process
    process.end()


def invoke(
    *arguments: str, cwd: Path, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "funcs", "invoke", *arguments]
    return subprocess.run(line, cwd=cwd, input=stdin, capture_output=True, text=True, check=False)


def body_of(arguments: Sequence[str], folder: Path, stdin: str | None = None) -> dict[str, object]:
    done = invoke(*arguments, cwd=folder, stdin=stdin)
    assert 0 == done.returncode, done.stderr
    body: dict[str, object] = json.loads(done.stdout)
    return body


@pytest.mark.usefixtures("run")
def test_a_folder_that_is_served_is_asked_where_it_runs(folder: Path, run: RunProcess) -> None:
    before = len(run.printed)

    assert "GET" == body_of([], folder)["m"]
    assert "/a" == body_of([str(folder), "-p", "a"], folder.parent)["p"]
    run.wait_for(r"^GET /a 200 ", after=before)


@pytest.mark.usefixtures("run")
def test_nuctls_letters_and_names_mean_what_they_mean_there(folder: Path) -> None:
    letters = ["-b", "x", "-c", "text/plain", "-m", "PUT", "-p", "/q?a=1", "-d", "x-tenant=a,x-b=2"]
    names = ["--body", "x", "--content-type", "text/plain", "--method", "PUT"]
    names += ["--path", "/q?a=1", "--headers", "x-tenant=a,x-b=2"]

    expected = {"m": "PUT", "p": "/q", "b": "x", "t": "a", "c": "text/plain", "f": {"a": "1"}}
    assert expected == body_of(letters, folder)
    assert expected == body_of(names, folder)


@pytest.mark.usefixtures("run")
def test_a_body_makes_it_a_post_of_json(folder: Path) -> None:
    (folder / "event.json").write_text('{"rows": 1}')

    expected = {"m": "POST", "b": {"rows": 1}, "c": "application/json"}
    for given in ('{"rows": 1}', "@event.json", "-"):
        answer = body_of(["-b", given], folder, stdin='{"rows": 1}')
        assert expected == {key: answer[key] for key in expected}


@pytest.mark.usefixtures("run")
def test_the_handlers_log_lines_are_told_apart_from_the_body(folder: Path) -> None:
    done = invoke("-p", "/a", cwd=folder)
    assert "  info   asked  path=/a\n" == done.stderr
    assert "/a" == json.loads(done.stdout)["p"]

    assert "looking" in invoke("-l", "debug", cwd=folder).stderr
    assert "" == invoke("-l", "error", cwd=folder).stderr
    assert "" == invoke("-l", "none", cwd=folder).stderr


@pytest.mark.usefixtures("run")
def test_log_lines_too_long_to_be_sent_are_missed_aloud(folder: Path) -> None:
    done = invoke("-p", "/long", cwd=folder)

    assert done.stderr.startswith("(no log lines came along: they were more than 4 kB, or ")
    assert 0 == done.returncode


@pytest.mark.usefixtures("run")
def test_a_method_may_be_written_small(folder: Path) -> None:
    assert "PUT" == body_of(["-m", "put"], folder)["m"]


@pytest.mark.usefixtures("run")
def test_an_answer_from_400_on_is_exit_code_1(folder: Path) -> None:
    done = invoke("-p", "/fail", cwd=folder)

    assert 1 == done.returncode
    assert "no such luck" in done.stdout
    assert "500 Internal Server Error\n" in done.stderr


def test_bytes_come_out_as_they_are(folder: Path, run: RunProcess) -> None:
    line = [sys.executable, "-m", "funcs", "invoke", run.url, "-p", "/raw"]

    assert b"\x00\xff" == subprocess.run(line, capture_output=True, check=True).stdout


def test_json_and_verbose_tell_all(folder: Path, run: RunProcess) -> None:
    record = json.loads(invoke(run.url, "--json", cwd=folder).stdout)
    assert 200 == record["status"]
    assert "GET" == record["body"]["m"]
    assert [{"level": "info", "message": "asked", "path": "/"}] == record["logs"]
    raw = json.loads(
        invoke(run.url.removeprefix("http://"), "-p", "raw", "--json", cwd=folder).stdout
    )
    assert "AP8=" == raw["body_base64"]

    told = invoke(run.url, "-v", cwd=folder).stderr
    assert "200 OK\n" in told
    assert "Content-Type: application/json\n" in told


def test_a_folder_that_is_not_served_is_started_for_the_call(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "f", {"main.py": MAIN + "\nprint('loaded')\n"})

    done = invoke("-b", "7", cwd=folder)

    assert 0 == done.returncode
    assert 7 == json.loads(done.stdout)["b"]
    assert "loaded" in done.stderr
    assert "  info   asked  path=/\n" in done.stderr


def test_a_function_that_does_not_start_is_told_with_its_line(tmp_path: Path) -> None:
    done = invoke(cwd=write_files(tmp_path / "f", {"main.py": "1 / 0\ndef handler(c, e): ...\n"}))

    assert 1 == done.returncode
    assert "error: ZeroDivisionError: division by zero\n  at:  main.py:1\n" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "'nowhere' is neither a folder nor an address"),
        (["http://127.0.0.1:1"], "nothing answers at http://127.0.0.1:1"),
        (["http://127.0.0.1:1", "-b", "@nowhere.json"], "the body cannot be read"),
        (["http://127.0.0.1:1", "-d", "nonsense"], "'nonsense' is no header"),
        (["http://127.0.0.1:1", "-d", "x-é=1"], "'x-é' cannot name a header"),
        (["http://127.0.0.1:1", "-d", "x-a=ü"], "the header 'x-a' cannot hold 'ü'"),
        (["http://127.0.0.1:1", "-d", "x-a=1\r\nx-b: 2"], "cannot hold '1\\r\\nx-b: 2'"),
        (["."], "no function in"),
    ],
)
def test_what_cannot_be_sent_is_a_sentence(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    done = invoke(*arguments, cwd=tmp_path)

    assert 1 == done.returncode
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["-l", "loud"], ["-t", "soon"], ["--nope"]])
def test_wrong_usage_is_exit_code_2(tmp_path: Path, arguments: list[str]) -> None:
    assert 2 == invoke(*arguments, cwd=tmp_path).returncode


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        ("a=1", [("a", "1")]),
        ("a=1,b=2", [("a", "1"), ("b", "2")]),
        ("accept=a,b;q=1,x-b=", [("accept", "a,b;q=1"), ("x-b", "")]),
        ("Accept: a=b, c", [("Accept", "a=b, c")]),
        ("url=http://x", [("url", "http://x")]),
    ],
)
def test_headers_are_read_as_nuctl_and_curl_write_them(
    text: str, headers: list[tuple[str, str]]
) -> None:
    assert headers == parse_headers(text)


def test_a_header_without_a_name_is_refused() -> None:
    with pytest.raises(FuncsError, match="is no header"):
        parse_headers("=1")


def test_no_body_is_not_an_empty_body() -> None:
    assert read_body(None, io.BytesIO()) is None
    assert b"" == read_body("", io.BytesIO())
    assert b"x" == read_body("-", io.BytesIO(b"x"))


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("kind", "body", "shown"),
    [
        ("application/json", b'{"a":[1]}', '{\n  "a": [\n    1\n  ]\n}\n'),
        ("application/json", b"{", "{\n"),
        ("text/plain", b"hello", "hello\n"),
        ("text/plain", b"", ""),
    ],
)
def test_a_terminal_gets_readable_text(kind: str, body: bytes, shown: str) -> None:
    out, err = Screen(), io.StringIO()
    show(Answer(200, Headers([("Content-Type", kind)]), body), out, err, verbose=False)

    assert (shown, "") == (out.getvalue(), err.getvalue())
