from __future__ import annotations

import pytest

from funcs_builder.document import Document
from funcs_builder.errors import BuildError


def test_fields_are_read_by_their_kind() -> None:
    document = Document.of(b'{"a":"x","n":3,"m":{"k":1},"l":["y"],"o":[{}]}', "x.json")

    assert ("x", 3, {"k": "1"}, ("y",)) == (
        document.text("a"),
        document.number("n"),
        document.texts("m"),
        document.words("l"),
    )
    assert 1 == len(document.children("o"))
    assert ("", (), {}) == (document.text("no", ""), document.words("no"), document.texts("no"))


@pytest.mark.parametrize("data", [b"", b"null", b"[1]", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(BuildError, match=r"x\.json is no JSON"):
        Document.of(data, "x.json")
