"""Where an image is to go: a registry, a Docker engine, an archive, an OCI layout folder."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from funcs.packaging.facts import FunctionFacts
from funcs.record import Record
from funcs_builder.errors import ImageReferenceError
from funcs_builder.reference import Reference, has_host


class Kind(Enum):
    """The kinds of place; `ANY` is an engine if one answers, else an archive."""

    ANY = "any"
    ARCHIVE = "archive"
    LAYOUT = "layout"
    REGISTRY = "registry"


class Destination(Record):
    """A place, the name of the image there, and the path where it is a file or folder."""

    kind: Kind
    reference: Reference
    path: Path | None = None

    @classmethod
    def of(
        cls, function: FunctionFacts, *, image: str = "", registry: str = "", output: str = ""
    ) -> Destination:
        """Where the image of a function goes, by what was asked, else by its ``spec.build``.

        An ``image`` whose name begins with a host goes to that registry. ``output`` is a folder
        for an OCI layout, or an archive where it ends in ``.tar`` or is a file.

        Raises:
            ImageReferenceError: the name is none that an image can be given.
        """
        named = image or function.image
        prefix = registry or ("" if has_host(named) else function.registry)
        reference = _tagged(f"{prefix.rstrip('/')}/{named}" if prefix else named)
        if output:
            path = Path(output)
            is_file = path.is_file() or (path.suffix == ".tar" and not path.is_dir())
            return cls(Kind.ARCHIVE if is_file else Kind.LAYOUT, reference, path)
        if prefix or has_host(named):
            return cls(Kind.REGISTRY, reference)
        return cls(Kind.ANY, reference)


def _tagged(text: str) -> Reference:
    reference = Reference.parse(text)
    if reference.digest:
        fix = "name a tag; the digest follows from the image"
        raise ImageReferenceError(f"no image can be built as {text!r}", fix=fix)
    return reference
