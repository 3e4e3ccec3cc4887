from __future__ import annotations

import pytest

from funcs_builder.scripts import console_scripts, with_python


def test_commands_of_both_groups_are_made() -> None:
    text = "[console_scripts]\na = m:f\n[gui_scripts]\nb = m.n:g.h [extra]\n[other]\nc = x:y\n"
    found = console_scripts(text, "usr/bin/python3")

    assert ["a", "b"] == sorted(found)
    assert found["a"].startswith(b"#!/usr/bin/python3\nimport sys\n\nfrom m import f\n")
    assert b"from m.n import g\n" in found["b"]
    assert b"sys.exit(g.h())" in found["b"]


LINES = ["[console_scripts]\n../x = a:b", "a = b:c", "[console_scripts]\nx"]


@pytest.mark.parametrize("line", LINES)
def test_what_is_no_entry_point_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        console_scripts(line, "usr/bin/python3")


@pytest.mark.parametrize(
    ("script", "made"),
    [
        (b"#!python\nx", b"#!/usr/bin/python3\nx"),
        (b"#!pythonw -E\nx", b"#!/usr/bin/python3 -E\nx"),
        (b"#!/bin/sh\nx", b"#!/bin/sh\nx"),
        (b"\x7fELF", b"\x7fELF"),
    ],
)
def test_only_python_s_own_first_line_is_changed(script: bytes, made: bytes) -> None:
    assert made == with_python(script, "/usr/bin/python3")
