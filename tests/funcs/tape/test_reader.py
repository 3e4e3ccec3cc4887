"""Tapes read back: whole ones, damaged ones, foreign ones, those of a later version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from funcs.tape.form import TapeError
from funcs.tape.reader import Body, Damage, Recorded, Tape
from tests.funcs.tape.writing import ID, JSON, Recording, exchange, head

HEADER = b'{"tape":1,"run":"a","function":"shop","version":3,"digest":"sha256:1"}\n'
LINE: dict[str, Any] = {
    "id": "1", "at": 1.5, "run": "a", "trigger": ["http", "web"], "worker": 0, "duration_ms": 2.0,
    "event": {"method": "GET", "path": "/", "query": {}, "headers": {}},
    "answer": {"status": 200, "headers": [], "text": "hi"}, "logs": [],
}  # fmt: skip


def tape(folder: Path, *lines: bytes) -> Tape:
    path = folder / "t.jsonl"
    path.write_bytes(b"".join(lines))
    return Tape(path)


def line(**changes: Any) -> bytes:
    return json.dumps(LINE | changes).encode() + b"\n"


def damage(folder: Path, *lines: bytes) -> list[Damage]:
    return [each for each in tape(folder, HEADER, *lines) if isinstance(each, Damage)]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "t.jsonl", body_bytes=20)
    recording.tell(
        exchange(b"\xff", None, head(JSON, target=b"/a?x=1"), duration_s=0.5, worker=2, status=503),
        exchange(None, b"y" * 21, is_whole=False),
    )
    first, second = Tape(recording.path)
    assert isinstance(first, Recorded)
    assert isinstance(second, Recorded)

    assert (2, ID.decode(), "http", 2, 0.5, 503) == (
        first.line, first.id, first.trigger, first.worker, first.duration_s, first.status,
    )  # fmt: skip
    assert ("POST", "/a", {"x": "1"}, Body(b"\xff")) == (
        first.method, first.path, first.query, first.body,
    )  # fmt: skip
    assert (("Content-Type", "application/json"),) == first.answer_headers
    assert (Body(None, 0), Body(), Body(None, 21)) == (first.answer, second.body, second.answer)
    assert (True, False) == (first.is_whole, second.is_whole)
    assert "shop" == first.run.function


def test_what_was_masked_is_known(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "t.jsonl", "pin")
    recording.tell(exchange(b'{"pin": 1}', b'{"a": 1}'))
    found = next(iter(Tape(recording.path)))
    assert isinstance(found, Recorded)

    assert (True, False) == (found.body.is_masked, found.answer.is_masked)
    assert "pin" in found.run.masked


def test_a_line_belongs_to_the_run_that_it_names(tmp_path: Path) -> None:
    other = HEADER.replace(b'"a"', b'"b"').replace(b"shop", b"cart")
    found = list(tape(tmp_path, HEADER, other, line(run="b"), line(), line(run="gone")))

    assert ["cart", "shop", ""] == [
        each.run.function for each in found if isinstance(each, Recorded)
    ]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"{\n", "no JSON"),
        (b"[]\n", "no JSON object"),
        (b'{"id":"1","at":1', "cut off"),
        (b"\xff\xfe\n", "no JSON"),
        (b"[" * 100_000 + b"\n", "nested too deep"),
        (b"{} x\n", "it is no JSON: Extra data at character 4"),
        (b"\0\0\0\n", "no JSON: Expecting value at character 1"),
        (b"\xff\xfe\n", "no JSON: it is not in UTF-8"),
        (b'{"id":' + b"9" * 5000 + b"}\n", "no JSON"),
        (b"{}\n", "no object 'event'"),
        (line(event={"path": 1}), "no text 'method'"),
        (line(event=[]), "no object 'event'"),
        (line(id=3), "no text 'id'"),
        (line(at="now"), "no number 'at'"),
        (line(at=float("nan")), "'at' is nan"),
        (line(at=-1), "'at' is -1"),
        (line(at=10**400), "'at' is 1000000000000000000000000000000000000000…"),
        (line(at=9e14), "'at' is 900000000000000.0"),
        (line(duration_ms=1e400), "'duration_ms' is inf"),
        (b'{"tape":1,"run":"b\n', "no JSON"),
        (b'{"tape":0,"run":"b"}\n', "no tape has the version 0"),
        (b'{"tape":1,"run":"b","masked":["\\ud800"]}\n', "half a character"),
        (b'{"tape":1,"run":"b","masked":3}\n', "'masked' is no list"),
        (line(duration_ms=True), "no number 'duration_ms'"),
        (line(answer={"status": 200.5}), "the status is 200.5"),
        (line(answer={"status": 99999}), "the status is"),
        (line(answer={"status": 200, "headers": [["a"]]}), "no list of pairs"),
        (line(answer={"status": 200, "base64": "?"}), "no base64"),
        (line(event=LINE["event"] | {"headers": {"a": 1}}), "no object of texts"),
        (line(event=LINE["event"] | {"omitted_bytes": "x"}), "no number 'omitted_bytes'"),
        (line(logs={}), "'logs' is no list"),
        (line(id="\ud800"), "half a character"),
        (line(event=LINE["event"] | {"headers": {"a": "\udfff"}}), "half a character"),
        (line(event=LINE["event"] | {"text": "\ud83d"}), "half a character"),
    ],
)
def test_a_damaged_line_is_told_with_its_number_and_the_others_are_read(
    tmp_path: Path, bad: bytes, reason: str
) -> None:
    ends = b"" if bad.endswith(b"\n") else b"\n"
    found = damage(tmp_path, line(), bad if not ends else line(), line() if not ends else bad)

    assert [3 if not ends else 4] == [each.line for each in found]
    assert reason in found[0].reason
    assert 2 == sum(isinstance(each, Recorded) for each in Tape(tmp_path / "t.jsonl"))


def test_a_line_longer_than_any_of_ours_is_passed_over_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("funcs.tape.reader.LINE_BYTES", 1000)
    found = damage(tmp_path, line(), b"x" * 5000 + b"\n", line(), line(id="y" * 5000))

    assert [3, 5] == [each.line for each in found]
    assert 2 == sum(isinstance(each, Recorded) for each in Tape(tmp_path / "t.jsonl"))


def test_what_is_written_while_it_is_read_does_not_count(tmp_path: Path) -> None:
    found = tape(tmp_path, HEADER, line())
    count = 0
    for _ in found:
        count += 1
        with found.path.open("ab") as file:
            file.write(line() * 2)

    assert 1 == count


def test_a_whole_last_line_needs_no_newline(tmp_path: Path) -> None:
    assert [] == damage(tmp_path, line().rstrip())


@pytest.mark.parametrize(
    ("first", "what", "where"),
    [
        (b"", "empty", "t.jsonl"),
        (b"print('hi')\n", "no tape", "t.jsonl:1"),
        (b'{"spec": {}}\n', "no tape", "t.jsonl:1"),
        (b'{"tape":2,"run":"a"}\n', "of version 2, this funcs reads up to 1", "t.jsonl:1"),
        (b'{"tape":"1"}\n', "no tape has the version '1'", "t.jsonl:1"),
        (b'{"tape":true}\n', "no tape has the version True", "t.jsonl:1"),
        (b'{"tape":0}\n', "no tape has the version 0", "t.jsonl:1"),
        (b'{"tape":1,\n', "cannot be read", "t.jsonl:1"),
    ],
)
def test_what_is_no_tape_of_ours_is_refused(
    tmp_path: Path, first: bytes, what: str, where: str
) -> None:
    with pytest.raises(TapeError, match=what) as caught:
        tape(tmp_path, first)

    assert str(tmp_path / where) == caught.value.where


def test_a_tape_that_is_gone_on_with_by_a_later_version_is_read_up_to_there(
    tmp_path: Path,
) -> None:
    found = list(tape(tmp_path, HEADER, line(), b'{"tape":2,"run":"b"}\n', line()))

    assert isinstance(found[0], Recorded)
    what = "from here on the tape is of version 2, this funcs reads up to 1"
    assert [Damage(3, what)] == found[1:]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="No such file"):
        Tape(tmp_path / "t.jsonl")
