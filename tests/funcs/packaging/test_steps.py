from __future__ import annotations

from typing import Any

import pytest

from funcs.errors import SpecError
from funcs.packaging.steps import BuildSteps
from funcs.spec.build import Build


def steps(**build: Any) -> BuildSteps:
    return BuildSteps.of(Build(**build))


@pytest.mark.parametrize(
    ("command", "lines", "files"),
    [
        ("pip install numpy", ("numpy",), ()),
        ("python -m pip install --quiet 'numpy>=2' pandas==2", ("numpy>=2", "pandas==2"), ()),
        ("pip3 install -r /opt/nuclio/requirements.txt", (), ("requirements.txt",)),
        ("pip install -r extra/more.txt numpy[full]", ("numpy[full]",), ("extra/more.txt",)),
        ("pip install --upgrade pip && pip install numpy", ("numpy",), ()),
    ],
)  # fmt: skip
def test_commands_that_only_install_packages_need_no_engine(
    command: str, lines: tuple[str, ...], files: tuple[str, ...]
) -> None:
    found = steps(commands=(command,))

    assert lines == found.lines
    assert files == found.files
    assert () == found.needed
    found.refuse("function.yaml")


@pytest.mark.parametrize(
    "command",
    [
        "apt-get update && apt-get install -y libgomp1",
        "pip install numpy && touch /etc/done",
        "pip install ./wheels/own.whl",
        "pip install -r /etc/requirements.txt",
        "pip install -r ../requirements.txt",
        "pip install --index-url https://example.org/simple numpy",
        "pip install git+https://example.org/x.git",
        "pip install $PACKAGE",
        "pip install 'numpy",
        "echo pip install numpy",
    ],
)
def test_all_other_commands_must_run_in_the_image(command: str) -> None:
    found = steps(commands=(command,))

    assert (f"RUN {command}",) == found.before
    with pytest.raises(SpecError, match="must run in the image") as got:
        found.refuse("function.yaml")
    assert "--engine docker" in got.value.fix
    assert "function.yaml" == got.value.where


def test_commands_stand_before_the_files_until_the_mark() -> None:
    found = steps(
        commands=("echo one", "@nuclio.postCopy", "echo two"),
        directives={
            "preCopy": [{"kind": "ENV", "value": "A=b"}],
            "postCopy": [{"kind": "LABEL", "value": "c=d"}],
        },
    )

    assert ("ENV A=b", "RUN echo one") == found.before
    assert ("RUN echo two", "LABEL c=d") == found.after
    assert ("ENV A=b", "LABEL c=d", "echo one", "echo two") == found.needed


def test_what_only_nuclio_knows_is_named() -> None:
    found = steps(args={"A": "b"}, flags=("--squash",))

    assert 2 == len(found.notes)
    assert "spec.build.args is Nuclio's alone, and was passed over" == found.notes[0]
