"""Whatever the secret is and whatever stands around it, it is not on the tape."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import yaml
from hypothesis import given
from hypothesis import strategies as st

from funcs.tape.masking import HEADERS, KEYS, Masking

MASKING = Masking(["card_number", "gemüse"])
_WORD = "s3cret"
#: Texts that begin and end with what is looked for, with anything between.
SECRETS = st.text(max_size=30).map(lambda text: f"{_WORD}{text}{_WORD}")
PLAIN = st.text("abc:=&,;'\"<>{}[]%\\ \n-|#", max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3),
    max_leaves=8,
)
HIDDEN = st.recursive(
    SECRETS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3)
    ),
    max_leaves=4,
)


@st.composite
def names(draw: st.DrawFn) -> str:
    """One of the names, spelled somehow."""
    words = draw(st.sampled_from([*KEYS, *HEADERS, "card_number", "gemüse"])).replace("_", "-")
    spelled = draw(st.sampled_from([words, words.upper(), words.title()]))
    return spelled.replace("-", draw(st.sampled_from(["-", "_", ""])))


@st.composite
def objects(draw: st.DrawFn, hidden: st.SearchStrategy[Any] = HIDDEN) -> Any:
    """A value of JSON in which a name has a secret, at some depth."""
    value = {**draw(st.dictionaries(PLAIN, VALUES, max_size=2)), draw(names()): draw(hidden)}
    for _ in range(draw(st.integers(0, 2))):
        more = draw(st.dictionaries(PLAIN, VALUES, max_size=2))
        value = {"in": value, **more} if draw(st.booleans()) else {**more, "in": [value]}
    return value


def _check(body: bytes, masking: Masking = MASKING) -> None:
    masked = masking.body(body)

    assert _WORD.encode() not in masked
    assert masked == masking.body(masked)


@given(objects(), st.booleans(), st.sampled_from([None, 1, 4]))
def test_no_secret_is_kept_in_json(value: Any, is_ascii: bool, indent: int | None) -> None:
    body = json.dumps(value, ensure_ascii=is_ascii, indent=indent)

    _check(body.encode("utf-8", "surrogatepass"))


@given(objects(), st.booleans(), st.sampled_from([None, 1, 4]), st.floats(0, 1))
def test_no_secret_is_kept_in_json_that_is_cut(
    value: Any, is_ascii: bool, indent: int | None, part: float
) -> None:
    body = json.dumps(value, ensure_ascii=is_ascii, indent=indent)

    _check(body.encode()[: int(len(body.encode()) * part)])


@given(objects(), st.binary(max_size=20))
def test_no_secret_is_kept_in_json_that_bytes_follow(value: Any, tail: bytes) -> None:
    _check(json.dumps(value).encode() + b"\xff" + tail)


@given(st.lists(objects(), min_size=1, max_size=3))
def test_no_secret_is_kept_in_lines_of_json(values: list[Any]) -> None:
    _check("\n".join(map(json.dumps, values)).encode())


@given(st.dictionaries(PLAIN, PLAIN, max_size=2), names(), SECRETS, st.sampled_from("[. "))
def test_no_secret_is_kept_in_a_form(
    fields: dict[str, str], name: str, secret: str, sign: str
) -> None:
    if sign != " ":
        name = f"user{sign}{name}{']' if sign == '[' else ''}"

    _check(urlencode({**fields, name: secret, "z": "1"}).encode())


@given(names(), SECRETS, st.text("abc-", min_size=1, max_size=5), st.booleans())
def test_no_secret_is_kept_in_a_form_of_parts(
    name: str, secret: str, boundary: str, is_first: bool
) -> None:
    parts = [(name, secret), ("other", "text")][:: 1 if is_first else -1]
    if f"\n--{boundary}" in secret:
        return
    body = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{text}\r\n'
        for key, text in parts
    )

    _check(f"{body}--{boundary}--\r\n".encode())


@given(objects())
def test_no_secret_is_kept_in_yaml(value: Any) -> None:
    _check(yaml.safe_dump(value, allow_unicode=True).encode())
    _check(yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=20).encode())
    _check(yaml.safe_dump(value, allow_unicode=True, default_style="|").encode())


@given(objects())
def test_no_secret_is_kept_in_what_python_prints(value: Any) -> None:
    _check(f"Failed: {value!r}\n".encode())


@given(names(), SECRETS, PLAIN, PLAIN)
def test_no_secret_is_kept_in_xml(name: str, secret: str, text: str, more: str) -> None:
    if not secret.replace("\t", " ").replace("\n", " ").isprintable():
        return
    root = ElementTree.Element("a", {"x": more})
    child = ElementTree.SubElement(root, name, {"y": secret})
    child.text = secret
    ElementTree.SubElement(child, "b").tail = secret
    child.tail = text
    root.set(name, secret)

    body = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    _check(body)
    _check(body[: len(body) * 2 // 3])
    _check(ElementTree.tostring(root, "utf-16"))


@given(names(), SECRETS, PLAIN)
def test_no_secret_is_kept_in_a_query_in_a_header(name: str, secret: str, more: str) -> None:
    value = f"https://a/b?{urlencode({'a': more})}&{urlencode({name: secret})}#c"

    assert _WORD not in MASKING.headers({"Location": value})["Location"]
