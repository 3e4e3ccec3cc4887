"""Tells an image's name from a folder's."""

from __future__ import annotations

from pathlib import Path

from funcs.errors import FuncsError


def named_image(word: str) -> str:
    """The image that a word names; empty for a path: what is there, or looks like one.

    An image is told by its tag, its digest or its registry's host.

    Raises:
        ImageReferenceError: it has one of these, and is no image's name all the same.
    """
    if word.startswith((".", "/", "~")) or Path(word).exists():
        return ""
    from funcs_builder.reference import Reference, has_host

    is_image = has_host(word) or ":" in word or "@" in word
    return Reference.parse(word).familiar if is_image else ""


def refuse_bare_name(word: str) -> None:
    """Refuse a word that may be an image's name or that of a folder, which is not there.

    Raises:
        FuncsError: it says how to name either.
    """
    if Path(word).exists() or not word.isidentifier():
        return
    fix = f"go to the function's folder, or name it; an image is named with its tag: {word}:latest"
    raise FuncsError(f"there is no folder {word!r}", fix=fix)
