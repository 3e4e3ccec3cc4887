"""The lines of a tape: what they hold, what they leave out, and that they never fail an event."""

from __future__ import annotations

import base64
import fcntl
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from funcs.tape.form import TapeError
from funcs.worker.wire import LogRecord
from tests.funcs.tape.writing import ID, JSON, Recording, exchange, head


def test_the_first_line_says_what_was_recorded_and_how(tmp_path: Path) -> None:
    first = Recording(tmp_path / "t.jsonl").lines()[0]

    assert (1, "shop", os.getpid()) == (first["tape"], first["function"], first["pid"])
    assert "authorization" in first["masked"]
    assert 0o600 == (tmp_path / "t.jsonl").stat().st_mode & 0o777


def test_a_line_holds_the_event_and_its_answer(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "t.jsonl")
    request = head(JSON, (b"Content-Length", b"8"), target=b"/x?a=1&b=%C3%A4")
    line = recording.tell(exchange(request=request, duration_s=0.0125, worker=3))[0]

    assert recording.lines()[0]["run"] == line.pop("run")
    assert 0 < line.pop("at")
    assert {
        "id": ID.decode(),
        "trigger": ["http", "web"],
        "worker": 3,
        "duration_ms": 12.5,
        "event": {
            "method": "POST",
            "path": "/x",
            "query": {"a": "1", "b": "ä"},
            "headers": {"Content-Type": "application/json", "Content-Length": "8"},
            "text": '{"a": 1}',
        },
        "answer": {
            "status": 200,
            "headers": [["Content-Type", "application/json"]],
            "text": '{"b": 2}',
        },
        "logs": [],
    } == line


def test_bodies_are_text_or_base64_or_not_there(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "t.jsonl")
    lines = recording.tell(
        exchange("ä\0".encode(), b"\xff\x00"), exchange(None, b""), exchange(b"", b"")
    )

    assert "ä\0" == lines[0]["event"]["text"]
    assert b"\xff\x00" == base64.b64decode(lines[0]["answer"]["base64"])
    assert "text" not in lines[1]["event"]
    assert "" == lines[2]["event"]["text"]


@pytest.mark.parametrize("around", ["", '"', '"' * 16, '"' * 17])
def test_every_character_comes_back(tmp_path: Path, around: str) -> None:
    texts = [f"{around}{chr(code)} " for code in range(256)]
    told = [exchange(each.encode(), each.encode() * 2) for each in texts]
    lines = Recording(tmp_path / "t.jsonl").tell(*told)

    assert texts == [line["event"]["text"] for line in lines]
    assert [each * 2 for each in texts] == [line["answer"]["text"] for line in lines]


def test_a_body_over_the_limit_is_left_out_and_its_size_told(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "t.jsonl", body_bytes=10)
    line = recording.tell(exchange(b"x" * 11, b"y" * 12))[0]

    assert (11, 12) == (line["event"]["omitted_bytes"], line["answer"]["omitted_bytes"])
    assert 10 == recording.recorder.keeps_bytes
    assert "text" not in line["event"] | line["answer"]


def test_an_answer_that_was_cut_off_or_not_at_hand_is_told(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "t.jsonl")
    lines = recording.tell(exchange(answer=None), exchange(is_whole=False, worker=-1))

    assert 0 == lines[0]["answer"]["omitted_bytes"]
    assert False is lines[1]["answer"]["whole"]
    assert None is lines[1]["worker"]


def test_secrets_are_nowhere_in_the_file(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "t.jsonl", "tenant")
    fields = {"deep": [{"apiKey": "s3cret"}], "rows": 3, "error": "at f(password='s3cret')"}
    record = LogRecord("info", "api key: s3, api-key: s3cret", fields, "now")
    request = head((b"Authorization", b"s3cret"), target=b"/x?access_token=s3cret")
    recording.tell(
        exchange(
            b'{"tenant": "s3cret"}',
            b'{"password": "s3cret"}',
            request,
            headers=(
                (b"Set-Cookie", b"s3cret"),
                (b"X-Rows", b"3"),
                (b"Location", b"/?sig=s3cret"),
            ),
            logs=[record],
        )
    )
    line = recording.lines()[1]

    assert b"s3cret" not in recording.path.read_bytes()
    headers = [["Set-Cookie", "***"], ["X-Rows", "3"], ["Location", "/?sig=***"]]
    assert headers == line["answer"]["headers"]
    assert "api key: s3, api-key: ***" == line["logs"][0]["message"]
    fields = {"deep": [{"apiKey": "***"}], "rows": 3, "error": "at f(password='***')"}
    assert fields == line["logs"][0]["with"]


def test_a_body_in_which_something_was_masked_says_so(tmp_path: Path) -> None:
    told = exchange(b'{"password": 1}', b'{"tokens": 1}')
    line = Recording(tmp_path / "t.jsonl").tell(told)[0]

    assert True is line["event"]["masked"]
    assert "masked" not in line["answer"]


def test_an_event_without_an_id_is_recorded_and_one_that_never_began_is_not(
    tmp_path: Path,
) -> None:
    lines = Recording(tmp_path / "t.jsonl").tell(exchange(event_id=b""), exchange(event_id=None))

    assert [""] == [each["id"] for each in lines]


def test_bytes_that_are_no_text_in_a_head_come_back_as_they_were(tmp_path: Path) -> None:
    line = Recording(tmp_path / "t.jsonl").tell(exchange(request=head((b"X-A", b"\xff"))))[0]

    assert b"\xff" == line["event"]["headers"]["X-A"].encode("utf-8", "surrogateescape")


def test_a_request_whose_head_was_seen_before_is_written_the_same(tmp_path: Path) -> None:
    request = head(JSON)
    lines = Recording(tmp_path / "t.jsonl").tell(
        exchange(request=request), exchange(b"2", request=request)
    )

    assert lines[0]["event"]["headers"] == lines[1]["event"]["headers"]


def test_the_lines_after_a_reload_name_another_run(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "t.jsonl")
    recording.recorder.begin({"function": "shop", "digest": "sha256:2"})
    recording.tell(exchange())
    first, second, line = recording.lines()

    assert first["run"] != second["run"] == line["run"]
    assert "sha256:2" == second["digest"]


def test_a_tape_is_gone_on_with_even_if_its_last_line_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    Recording(path).tell(exchange())
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    Recording(path).recorder.on_exchange(exchange())
    lines = path.read_bytes().splitlines()

    assert whole[:-10] == b"\n".join(lines[:2])
    assert [b'{"tape":', b'{"id":"0'] == [line[:8] for line in lines[2:]]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"print('mine')\n", "no tape of this version"), (b'{"tape":2,"run":"x"}\n', "no tape")],
)
def test_a_file_that_is_something_else_is_not_written_to(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "main.py"
    path.write_bytes(content)

    with pytest.raises(TapeError, match=sentence):
        Recording(path)
    assert content == path.read_bytes()


def test_a_place_that_cannot_be_written_is_refused_at_the_start(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")

    with pytest.raises(TapeError, match="make its folder first"):
        Recording(tmp_path / "no" / "t.jsonl")
    with pytest.raises(TapeError, match="cannot be opened"):
        Recording(tmp_path)
    with pytest.raises(TapeError, match="regular file"):
        Recording(tmp_path / "fifo")


def test_a_full_disk_ends_the_recording_and_no_event(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    line = [sys.executable, "-m", "tests.funcs.tape.test_recorder", str(tmp_path / "t.jsonl")]
    done = subprocess.run(line, capture_output=True, text=True, check=False, cwd=root)

    assert "['recording has stopped: a line was not written whole']" == done.stdout.strip()
    assert 4096 == (tmp_path / "t.jsonl").stat().st_size


def test_after_so_many_bytes_the_next_tape_is_begun_and_few_old_ones_are_kept(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.jsonl"
    recording = Recording(path, file_bytes=2000, files=2)
    for number in range(20):
        recording.recorder.on_exchange(exchange(b"%d" % number))

    names = sorted(each.name for each in tmp_path.iterdir())
    assert ["t.jsonl", "t.jsonl.1", "t.jsonl.2"] == names
    for name in names:
        first, *rest = (tmp_path / name).read_bytes().splitlines()
        assert b'{"tape":1' == first[:9]
        assert all(line.startswith(b'{"id"') for line in rest)


def test_several_recorders_share_a_path_and_lose_no_line(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    recordings = [Recording(path, file_bytes=3000, files=50) for _ in range(3)]
    for number in range(60):
        recordings[number % 3].recorder.on_exchange(exchange(b"%d" % number))
    lines = [line for each in tmp_path.iterdir() for line in each.read_bytes().splitlines()]
    bodies = [line for line in lines if line.startswith(b'{"id"')]

    assert 60 == len(bodies)
    assert len(list(tmp_path.iterdir())) > 3


def test_a_tape_that_cannot_be_renamed_grows_on(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    (tmp_path / "t.jsonl.1" / "in the way").mkdir(parents=True)
    recording = Recording(path, file_bytes=1500, files=1)
    for _ in range(10):
        recording.recorder.on_exchange(exchange())

    assert 10 == sum("id" in line for line in recording.lines())
    assert [] == recording.warnings


def test_a_tape_that_another_process_is_turning_over_grows_on(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    recording = Recording(path, file_bytes=1500)
    with path.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        for _ in range(10):
            recording.recorder.on_exchange(exchange())

        assert 10 == sum("id" in line for line in recording.lines())


def test_a_tape_that_somebody_took_away_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    recording = Recording(path, file_bytes=1500)
    path.unlink()
    for _ in range(3):
        recording.recorder.on_exchange(exchange())

    assert path.exists()
    assert [] == recording.warnings


def test_a_tape_that_was_moved_is_left_long_before_it_is_full(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    recording = Recording(path, file_bytes=100_000)
    path.rename(tmp_path / "moved.jsonl")
    for _ in range(10):
        recording.recorder.on_exchange(exchange())

    assert 9 <= len(recording.lines())


def _fill_the_disk(path: str) -> None:
    """A process of its own, that may write no more than 4096 bytes to a file."""
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    recording = Recording(Path(path))
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    for _ in range(20):
        recording.recorder.on_exchange(exchange())
    print(recording.warnings)


if __name__ == "__main__":
    _fill_the_disk(sys.argv[1])
