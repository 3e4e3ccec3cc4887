from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

import pytest

from tests.conformance.nuclio.program import Program

_MOST_AT_ONCE = 4


class Programs:
    """Running processors by configuration; those not used lately are stopped."""

    def __init__(self) -> None:
        self._running: OrderedDict[str, Program] = OrderedDict()

    def on(self, config: str) -> Program:
        """The one on this configuration, started when first asked for."""
        program = self._running.pop(config, None)
        if program is None or program.process.poll() is not None:
            program = Program(config)
        self._running[config] = program
        if len(self._running) > _MOST_AT_ONCE:
            self._running.popitem(last=False)[1].stop()
        return program

    def stop(self) -> None:
        """Stop them all."""
        for program in self._running.values():
            program.stop()


@pytest.fixture(scope="session")
def programs() -> Iterator[Programs]:
    """Processors that the cases of one configuration share."""
    running = Programs()
    yield running
    running.stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many recorded cases agree."""
    place = "conformance/nuclio/test_processor_replay.py"
    done = {
        word: len([each for each in terminalreporter.stats.get(word, ()) if place in each.nodeid])
        for word in ("passed", "failed", "xfailed")
    }
    if any(done.values()):
        terminalreporter.write_line(
            f"Nuclio's processor: {done['passed']} recorded cases agree,"
            f" {done['xfailed']} differ as listed, {done['failed']} fail"
        )
