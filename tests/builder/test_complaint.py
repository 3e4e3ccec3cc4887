"""What pip 26 and uv 0.13 printed when they failed, shortened, and what a person is told."""

from __future__ import annotations

import pytest

from funcs_builder.complaint import complaint
from funcs_builder.target import Target

TARGET = Target("3.11", "linux/arm64")
SOURCE = (
    "2026-11-25T23:12:26,088   Skipping link: No sources permitted for sgmllib3k: "
    "https://x/sgmllib3k-1.0.0.tar.gz"
)
FOREIGN = (
    "2026-11-25T23:12:39,037   Skipping link: none of the wheel's tags (cp27-cp27m-win32) are "
    "compatible: https://x/pywin32-300-cp27-cp27m-win32.whl"
)
NONE = (
    "ERROR: Could not find a version that satisfies the requirement {0} (from versions: {1})\n"
    "ERROR: No matching distribution found for {0}\n"
)
UV = (
    "error: No solution found when resolving dependencies\n"
    "  cause: Because {} we can conclude that your requirements are unsatisfiable.\n"
)


@pytest.mark.parametrize(
    ("said", "log", "told"),
    [
        (NONE.format("sgmllib3k", "none"), SOURCE, "sgmllib3k comes as source code only"),
        (NONE.format("pywin32==300", "none"), FOREIGN, "pywin32==300 has wheels for others"),
        (NONE.format("shop", "none"), SOURCE, "no package 'shop' is in the index"),
        (NONE.format("six==99", "1.16.0, 1.17.0"), "", "ask for one that is: 1.16.0, 1.17.0"),
        (UV.format("sgmllib3k==1.0.0 has no usable wheels and"), "", "source code only"),
        (
            UV.format("pywin32>=303 has no wheels with a matching platform tag (e.g., `x`) and"),
            "",
            "pywin32 has wheels for others, none for Python 3.11 on linux/arm64",
        ),
        (UV.format("shop was not found in the package registry and"), "", "no package 'shop'"),
        (UV.format("shop was not found in the provided package locations and"), "", "no wheel of"),
        (NONE.format("shop", "none"), "Ignoring indexes: https://x", "folders of --find-links"),
        (UV.format("there is no version of six==99 and"), "", "there is no six==99 for"),
        (UV.format("a depends on c<1 and b depends on c>2,"), "", "contradict each other: No sol"),
        (
            "ERROR: Cannot install a and b because these have conflicting dependencies.",
            "",
            "contradict each other: Cannot install a and b",
        ),
        ("error: Failed to fetch: http://127.0.0.1:9/simple/six/", "", "cannot be reached"),
        (
            NONE.format("six", "none"),
            "2026-11-25T23:12:39,9 Could not fetch URL http://x: connection error",
            "cannot be reached: Could not fetch URL http://x",
        ),
        (
            NONE.format("six", "none"),
            "Could not fetch URL http://x: 401 Client Error",
            "index refused us",
        ),
        ("ERROR: Invalid requirement: 'six=='", "", "cannot be read: Invalid requirement: 'six=='"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "", "not the one that was pinned"),
        ("ERROR: [Errno 28] No space left on device", "", "the disk is full"),
        ("Looking in links: /x\nerror: disk full", "", "cannot be had: disk full"),
    ],
)
def test_each_failure_has_its_sentence(said: str, log: str, told: str) -> None:
    assert told in str(complaint(said, log, TARGET))


def test_an_index_password_is_not_repeated() -> None:
    error = complaint(
        "error: Failed to fetch: https://me:secret@pypi.example/simple/six/", "", TARGET
    )

    assert "secret" not in str(error)
