from __future__ import annotations

import pytest

from funcs_builder.errors import BuildError
from funcs_builder.platforms import Platform


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("linux/amd64", "linux/amd64"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm/v7", "linux/arm/v7"),
        ("linux/armv7l", "linux/arm/v7"),
        ("linux/armv6l", "linux/arm/v6"),
    ],
)
def test_a_platform_is_named_in_gos_words(text: str, meant: str) -> None:
    assert meant == str(Platform.parse(text))


@pytest.mark.parametrize("text", ["", "amd64", "linux/", "/amd64", "linux/arm/v7/x"])
def test_what_is_no_platform_is_refused(text: str) -> None:
    with pytest.raises(BuildError, match="is no platform"):
        Platform.parse(text)


def test_a_variant_that_is_the_default_need_not_be_said() -> None:
    arm64 = Platform.parse("linux/arm64")

    assert arm64.accepts(Platform("linux", "arm64", "v8"))
    assert Platform("linux", "arm").accepts(Platform("linux", "arm", "v7"))
    assert not Platform("linux", "arm").accepts(Platform("linux", "arm", "v6"))
    assert not arm64.accepts(Platform("linux", "amd64"))
