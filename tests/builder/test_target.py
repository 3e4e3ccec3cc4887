from __future__ import annotations

import pytest
from packaging.tags import Tag

from funcs_builder.errors import BuildError
from funcs_builder.target import Target


@pytest.mark.parametrize("python", ["3", "3.11.2", "2.7.1", "python3.11", ""])
def test_only_a_minor_version_is_a_target(python: str) -> None:
    with pytest.raises(BuildError, match="no minor version"):
        Target(python)


def test_an_unknown_platform_is_refused_with_those_known() -> None:
    with pytest.raises(BuildError, match="linux/amd64, linux/arm64"):
        Target("3.11", "windows/amd64")


def test_wheels_for_an_older_glibc_and_an_older_stable_abi_fit() -> None:
    tags = Target("3.12", "linux/arm64").tags()

    assert Tag("cp312", "cp312", "manylinux_2_17_aarch64") in tags
    assert Tag("cp38", "abi3", "manylinux2014_aarch64") in tags
    assert Tag("py3", "none", "any") in tags


@pytest.mark.parametrize(
    "tag",
    [
        "cp311-cp311-manylinux_2_17_aarch64",
        "cp312-cp312-manylinux_2_17_x86_64",
        "cp312-cp312-manylinux_2_39_aarch64",
        "cp312-cp312-macosx_11_0_arm64",
        "cp312-cp312-musllinux_1_2_aarch64",
    ],
)
def test_wheels_for_another_python_machine_or_libc_do_not_fit(tag: str) -> None:
    assert Tag(*tag.split("-")) not in Target("3.12", "linux/arm64").tags()
