"""How a base image is put together from a distribution's packages: bases/*.toml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from funcs_builder.cache import Cache
from funcs_builder.digest import sha256_of
from funcs_builder.errors import BuildError
from funcs_builder.scheme import Scheme

__all__ = ["Recipe"]

_FOLDER = Path(__file__).with_name("bases")
#: Raised when the same file would be remembered as something else.
_FORMAT = 1


class Recipe(NamedTuple):
    """A base image: Debian packages, and what their maintainer scripts would have done.

    ``dropped`` are paths that nothing needs at run time; ``links``, ``folders`` (with modes) and
    ``files`` are made by hand. ``interpreter`` and ``site`` are paths in the image.
    """

    name: str
    distribution: str
    suite: str
    python: str
    mirror: str
    security: str
    keyring: str
    interpreter: str
    site: str
    path: str
    packages: tuple[str, ...]
    dropped: tuple[str, ...]
    links: dict[str, str]
    folders: dict[str, int]
    files: dict[str, str]

    @classmethod
    def for_python(cls, minor: str, cache: Cache) -> Recipe:
        """The recipe whose Python is ``minor``; ``cache`` remembers what the files say.

        Raises:
            BuildError: there is none.
        """
        recipes = [cls._read(file, cache) for file in sorted(_FOLDER.glob("*.toml"))]
        for recipe in recipes:
            if recipe.python == minor:
                return recipe
        known = ", ".join(sorted({recipe.python for recipe in recipes}))
        fix = f"take Python {known}, or a base image from a registry: --base python:{minor}-slim"
        raise BuildError(f"no base without a registry has Python {minor}", fix=fix)

    @property
    def scheme(self) -> Scheme:
        """Where this base's Python looks for packages."""
        prefix = self.site.partition("/lib/")[0]
        headers = f"{prefix}/include/python{self.python}"
        return Scheme(self.site, f"{prefix}/bin", headers, prefix, self.interpreter)

    @classmethod
    def _read(cls, file: Path, cache: Cache) -> Recipe:
        data = file.read_bytes()
        key = f"{_FORMAT} {sha256_of(data)}"
        try:
            return cls._of(cache.recall("recipe", key) or {})
        except (KeyError, TypeError):  # not known yet, or damaged
            import tomllib  # 5 ms
        value = tomllib.loads(data.decode())
        cache.remember("recipe", key, value)
        return cls._of(value)

    @classmethod
    def _of(cls, value: Mapping[str, Any]) -> Recipe:
        lists = {key: tuple(value[key]) for key in ("packages", "dropped")}
        return cls(**{**value, **lists})
