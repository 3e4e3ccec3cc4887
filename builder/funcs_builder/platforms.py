"""Platforms as images name them: ``linux/amd64``, ``linux/arm/v7``."""

from __future__ import annotations

from typing import NamedTuple

from funcs_builder.errors import BuildError

__all__ = ["LINUX_AMD64", "Platform"]

_ALIASES = {
    "x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm/v7", "armv6l": "arm/v6", "i686": "386",
}  # fmt: skip
_DEFAULT_VARIANTS = {"arm64": "v8", "arm": "v7"}


class Platform(NamedTuple):
    """An operating system, an architecture in Go's words, and a variant of it where it has some."""

    os: str
    architecture: str
    variant: str = ""

    @classmethod
    def parse(cls, text: str) -> Platform:
        """The platform that ``text`` means; a machine's own word for its architecture will do.

        >>> str(Platform.parse("linux/aarch64"))
        'linux/arm64'

        Raises:
            BuildError: it has not two or three parts.
        """
        system, slash, machine = text.partition("/")
        architecture, _, variant = _ALIASES.get(machine, machine).partition("/")
        if not (system and slash and architecture) or "/" in variant:
            fix = "write linux/amd64, or linux/arm64"
            raise BuildError(f"{text!r} is no platform", fix=fix)
        if variant == _DEFAULT_VARIANTS.get(architecture) and architecture == "arm64":
            variant = ""  # every arm64 is v8
        return cls(system, architecture, variant)

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    def accepts(self, other: Platform) -> bool:
        """Whether an image for ``other`` is what this one asks for."""
        default = _DEFAULT_VARIANTS.get(self.architecture, "")
        return (self.os, self.architecture, self.variant or default) == (
            other.os,
            other.architecture,
            other.variant or default,
        )

    def to_dict(self) -> dict[str, object]:
        """As an index writes it."""
        found: dict[str, object] = {"architecture": self.architecture, "os": self.os}
        if self.variant:
            found["variant"] = self.variant
        return found


LINUX_AMD64 = Platform("linux", "amd64")
