from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from funcs.errors import Kind, RequestError
from funcs.protocols.compression import unpacked
from funcs.settings import Settings
from tests.funcs.protocols.asking import Given, asked, host_of, tensor

PACKERS: dict[str, Any] = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress}


@pytest.mark.parametrize("encoding", [*PACKERS, "GZIP", " gzip "])
def test_a_compressed_body_is_unpacked(encoding: str) -> None:
    body = PACKERS[encoding.strip().lower()](b"[1, 2]" * 1000)

    assert b"[1, 2]" * 1000 == unpacked(body, encoding)


@pytest.mark.parametrize(
    ("body", "encoding", "kind"),
    [
        (b"[1]", "br", Kind.UNSUPPORTED_TYPE),
        (b"[1]", "gzip, gzip", Kind.UNSUPPORTED_TYPE),
        (b"[1]", "gzip", Kind.BAD_INPUT),
        (gzip.compress(b"[1]" * 100)[:-9], "gzip", Kind.BAD_INPUT),
        (gzip.compress(bytes(65 * 1024 * 1024), 1), "gzip", Kind.TOO_LARGE),
    ],
    ids=["unknown", "twice", "broken", "cut-off", "bomb"],
)
def test_what_cannot_be_unpacked_is_refused(body: bytes, encoding: str, kind: Kind) -> None:
    with pytest.raises(RequestError) as caught:
        unpacked(body, encoding)

    assert kind is caught.value.kind


@pytest.mark.parametrize("protocols", [(), ("oip",), ("mlrun",), ("native",)])
def test_every_protocol_reads_compressed_json(protocols: tuple[str, ...]) -> None:
    host = host_of(settings=Settings(protocols=protocols), m=Given)
    body: Any = tensor([1], [1]) if "oip" in protocols else {"inputs": [1]}
    packed = gzip.compress(json.dumps(body).encode())

    for name in ("Content-Encoding", "content-encoding"):
        assert 200 == asked(host, "/v2/models/m/infer", packed, headers={name: "gzip"})[0]
