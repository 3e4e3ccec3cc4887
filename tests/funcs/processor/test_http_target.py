from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.processor.http_target import parse_query, split_target


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/", b"/", b""),
        (b"/a/b/?x=1&y", b"/a/b/", b"x=1&y"),
        (b"//a///b", b"/a/b", b""),
        (b"/a/./b/../../c", b"/c", b""),
        (b"/../..", b"/", b""),
        (b"/a/.", b"/a/.", b""),
        (b"/a/..", b"/", b""),
        (b"/%2e%2e/%41%zz%", b"/A%zz%", b""),
        (b"/a#top?not=query", b"/a", b""),
        (b"http://host:1/a?b", b"/a", b"b"),
        (b"http://host?b=1", b"/", b"b=1"),
        (b"http://host", b"/", b""),
        (b"/q?u=http://h/p", b"/q", b"u=http://h/p"),
        (b"host:443", b"/host:443", b""),
        (b"*", b"/*", b""),
        (b"", b"/", b""),
    ],
)
def test_a_target_is_a_normal_path_and_a_query(target: bytes, path: bytes, query: bytes) -> None:
    assert (path, query) == split_target(target)


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        (b"a=1&b=2&a=3", {b"a": b"3", b"b": b"2"}),
        (b"a&b=&=c&=&&", {b"a": b"", b"b": b"", b"": b"c"}),
        (b"a+b=%2B+&c=d=e", {b"a b": b"+ ", b"c": b"d=e"}),
        (b"a;b=%z", {b"a;b": b"%z"}),
    ],
)
def test_a_query_is_fields_of_which_the_last_counts(
    query: bytes, fields: dict[bytes, bytes]
) -> None:
    assert fields == parse_query(query)


@given(st.binary(max_size=60))
def test_a_path_has_a_slash_first_and_no_way_up(target: bytes) -> None:
    path, _ = split_target(target.replace(b"%", b""))

    assert path.startswith(b"/")
    assert b"//" not in path
    assert b"/../" not in path + b"/"
