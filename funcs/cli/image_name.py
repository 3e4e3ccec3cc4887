"""Tells an image's name from a folder's."""

from __future__ import annotations

from pathlib import Path

from funcs.errors import FuncsError


def named_image(word: str) -> str:
    """The image that a word names; empty for a path: what is there, or looks like one.

    An image is told by its tag, its digest or its registry's host.

    Raises:
        FuncsError: it may be either, and no such folder is there.
        ImageReferenceError: it can be neither.
    """
    if word.startswith((".", "/", "~")) or Path(word).exists():
        return ""
    from funcs_builder.errors import ImageReferenceError
    from funcs_builder.reference import Reference, has_host

    if has_host(word) or ":" in word or "@" in word:
        return Reference.parse(word).familiar
    try:
        name = Reference.parse(word).familiar
    except ImageReferenceError:
        return ""
    fix = f"go to the function's folder, or name it; an image is named with its tag: {name}"
    raise FuncsError(f"there is no folder {word!r}", fix=fix)
