"""Every code block of README and docs/ runs and prints what the page says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.page import NAMED, Block, Shell, blocks_of, matches, steps_of

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "builder" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path)
    yield shell
    shell.close()


def run_block(block: Block, shell: Shell, names: dict[str, Any], where: str) -> None:
    named = NAMED.match(block.text)
    if named and block.language in {"python", "yaml", "json", "text"}:
        target = shell.folder / named[1]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block.text if block.language != "json" else block.text[named.end() :])
    elif block.language == "python":
        os.chdir(shell.folder)
        exec(compile(block.text, where, "exec"), names)
    elif block.language == "console":
        for step in steps_of(block.text):
            printed = shell.run(step)
            wanted = f"{where}\n$ {step.command}\n{step.expected}\n-- printed:\n{printed}"
            assert matches(step.expected, printed), wanted


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_does_what_it_says(
    page: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shell.folder)
    monkeypatch.syspath_prepend(str(shell.folder))
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks_of(page):
        run_block(block, shell, names, f"{page.relative_to(ROOT)}:{block.line}")


def test_the_readme_fits_150_lines() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150
