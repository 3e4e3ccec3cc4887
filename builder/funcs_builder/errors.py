"""The builder's own error tree: the same three fields as ``funcs.errors``, no shared code.

BuildError                    what we say to a person
├── ImageReferenceError       a text names no image
├── LayerError                a layer cannot be made, or its bytes are not those it was named by
├── BaseError                 the base image cannot be had
├── RegistryError             a registry refused, or could not be reached; has the status
│   └── AuthError             it wants other credentials
└── EngineError               the Docker engine refused, or could not be reached
"""

from __future__ import annotations


class BuildError(Exception):
    """What happened, where, and how to fix it."""

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  at:  {self.where}")
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: no frames, which would all be of ours."""
        return [f"{type(self).__name__}: {self}"]


class ImageReferenceError(BuildError):
    """A text names no image."""


class LayerError(BuildError):
    """A layer cannot be made, or its bytes are not those it was named by."""


class BaseError(BuildError):
    """The base image cannot be had."""


class RegistryError(BuildError):
    """A registry refused, or could not be reached; ``status`` is 0 where it gave no answer."""

    def __init__(self, what: str, *, status: int = 0, where: str = "", fix: str = "") -> None:
        super().__init__(what, where=where, fix=fix)
        self.status = status


class AuthError(RegistryError):
    """A registry wants other credentials than it was given."""


class EngineError(BuildError):
    """The Docker engine refused, or could not be reached."""
