from __future__ import annotations

import io
import re

from funcs.emulator.text import Paint
from funcs.progress.deploy import Steps


def test_each_line_has_the_seconds_since_the_first() -> None:
    stream = io.StringIO()
    steps = Steps(stream, Paint(colour=False))
    steps.step("creating 'shop'")
    steps.platform("error", "no\x1b[2J image")
    steps.output("Traceback")
    first, second, third = stream.getvalue().splitlines()

    assert "   0.0 s  creating 'shop'" == first
    assert re.fullmatch(r" +\d\.\d s  no.+ image", second)
    assert "\x1b" not in second
    assert "    Traceback" == third
