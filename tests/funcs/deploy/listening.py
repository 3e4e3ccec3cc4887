"""Hears what goes on while a deploy is carried out."""

from __future__ import annotations


class Listener:
    """Keeps all that it is told."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.lines: list[str] = []

    def step(self, sentence: str) -> None:
        self.steps.append(sentence)

    def platform(self, level: str, sentence: str) -> None:
        self.lines.append(sentence)

    def output(self, line: str) -> None:
        self.lines.append(line)
