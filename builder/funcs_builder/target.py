"""What an image runs: a Python minor version on a platform, whatever machine builds it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from funcs_builder.checked import checked
from funcs_builder.errors import BuildError

if TYPE_CHECKING:
    from packaging.tags import Tag

__all__ = ["MACHINES", "Target"]

#: What Python and wheels call the machine of a platform.
MACHINES = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
#: The least minor version of glibc 2 that wheels for the machine were ever made for.
_FIRST_GLIBC = {"x86_64": 5, "aarch64": 17}
#: Names that manylinux had before it was named by glibc's version.
_OLD_NAMES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_MINOR = re.compile(r"3\.\d+")


@checked
class Target(NamedTuple):
    """CPython ``python`` (``"3.11"``) on ``platform`` (``"linux/arm64"``), with glibc 2.

    ``glibc`` is the newest minor version of glibc that wheels may ask for; 2.28 is what every
    image of the last years has.

    Raises on construction:
        BuildError: there are no wheels for such a thing.
    """

    python: str
    platform: str = "linux/amd64"
    glibc: int = 28

    def check(self) -> None:
        """Refuse what there are no wheels for."""
        if not _MINOR.fullmatch(self.python):
            fix = "name a minor version: 3.11"
            raise BuildError(f"{self.python!r} is no minor version of Python", fix=fix)
        if self.platform not in MACHINES:
            fix = f"take one of {', '.join(MACHINES)}"
            raise BuildError(f"no images are built for the platform {self.platform!r}", fix=fix)

    def __str__(self) -> str:
        return f"Python {self.python} on {self.platform}"

    @property
    def machine(self) -> str:
        """The platform's machine as Python names it: ``"aarch64"``."""
        return MACHINES[self.platform]

    @property
    def abi(self) -> str:
        """The tag of wheels with compiled code for this Python: ``"cp311"``."""
        return f"cp{self.python.replace('.', '')}"

    @property
    def platform_tags(self) -> tuple[str, ...]:
        """The platforms a wheel may name, the best first."""
        return tuple(self._platforms())

    def _platforms(self) -> Iterator[str]:
        for minor in range(self.glibc, _FIRST_GLIBC[self.machine] - 1, -1):
            yield f"manylinux_2_{minor}_{self.machine}"
            if minor in _OLD_NAMES:
                yield f"{_OLD_NAMES[minor]}_{self.machine}"
        yield f"linux_{self.machine}"

    def tags(self) -> frozenset[Tag]:
        """Every tag of a wheel that runs here."""
        from packaging.tags import compatible_tags, cpython_tags

        _, _, minor = self.python.partition(".")
        version = (3, int(minor))
        compiled = cpython_tags(version, [self.abi], self.platform_tags)
        return frozenset([*compiled, *compatible_tags(version, self.abi, self.platform_tags)])

    def markers(self) -> dict[str, str]:
        """What a requirement's ``; marker`` sees there, as PEP 508 names it."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }
