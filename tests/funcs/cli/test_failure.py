"""What a person reads when something went wrong, and the exit code."""

from __future__ import annotations

import errno
import io

from funcs.cli.failure import report
from funcs.errors import FuncsError, SpecError
from funcs.graph.errors import PlanError, Problem
from funcs.spec import InvalidSpecError
from funcs_builder.errors import BuildError


def said(error: Exception, *, debug: bool = False) -> tuple[int, str]:
    stream = io.StringIO()
    code = report(error, stream, {}, debug=debug)
    return code, stream.getvalue()


def test_our_errors_are_a_sentence_a_place_and_a_fix() -> None:
    error = FuncsError("it is bad", where="main.py:3", fix="make it good")

    assert (1, "error: it is bad\n  at:  main.py:3\n  fix: make it good\n") == said(error)


def test_the_builders_errors_are_ours_too() -> None:
    assert (1, "error: no such image\n") == said(BuildError("no such image"))


def test_of_several_problems_each_is_an_error() -> None:
    spec = InvalidSpecError([SpecError("a", where="f:1"), SpecError("b", fix="c")])
    plan = PlanError([Problem("d"), Problem("e", "f")])

    assert (1, "error: a\n  at:  f:1\nerror: b\n  fix: c\n") == said(spec)
    assert (1, "error: d\nerror: e\n  fix: f\n") == said(plan)


def test_a_full_disk_is_no_bug_of_ours() -> None:
    code, text = said(OSError(errno.ENOSPC, "No space left on device"))

    assert (1, "error: no space is left") == (code, text[:23])
    assert "bug" not in text


def test_causes_are_shown_where_they_are_asked_for() -> None:
    error = FuncsError("it is bad")
    error.__cause__ = ZeroDivisionError("division")
    plain, full = said(error), said(error, debug=True)

    assert (1, "error: it is bad\n") == plain
    assert "ZeroDivisionError: division" in full[1]
    assert full[1].endswith("error: it is bad\n")


def test_a_bug_is_70_with_its_traceback() -> None:
    code, text = said(KeyError("x"))

    assert 70 == code
    assert "error: this is a bug in funcs: KeyError: 'x'\n" in text
    assert text.endswith("fix: please report it, with the lines above\n")


def test_a_terminal_is_not_moved_by_what_an_error_quotes() -> None:
    assert "\x1b" not in said(FuncsError("a\x1b[2Jb"))[1]
