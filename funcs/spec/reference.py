"""Image references as Docker parses them: ``[host[:port]/]path[:tag][@digest]``."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from funcs.spec.part import Text, wrong
from funcs.spec.problem import shown

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?"
_NAME = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_DIGEST = r"@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}"
_FORM = re.compile(
    rf"(?:{_HOST}/)?{_NAME}(?:/{_NAME})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(?:{_DIGEST})?"
)


def _check(text: str) -> str:
    if text and not _FORM.fullmatch(text):
        lower = text.strip().lower()
        near = f"did you mean {lower!r}?" if _FORM.fullmatch(lower) else ""
        raise wrong(
            f"{shown(text)} is not an image reference", near or "write e.g. 'shop/digits:1'"
        )
    return text


#: An image reference, kept as written; empty = not set.
ImageReference = Annotated[Text, AfterValidator(_check)]
