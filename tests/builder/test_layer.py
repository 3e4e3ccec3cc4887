from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path

import pytest

from funcs_builder.cache import Cache
from funcs_builder.codec import GZIP, PLAIN, Codec
from funcs_builder.digest import sha256_of
from funcs_builder.entry import Entry, FileContent
from funcs_builder.errors import LayerError
from funcs_builder.layer import PackedLayer
from funcs_builder.source import Deferred, Listed


def bytes_of(layer: PackedLayer, start: int = 0) -> bytes:
    with layer.open(start) as stream:
        return stream.read()


def layer_of(entries: list[Entry], cache: Cache, codec: Codec = GZIP) -> PackedLayer:
    return PackedLayer("code", Listed(entries), codec=codec, epoch=0, cache=cache)


def test_a_packed_layer_is_named_by_what_it_unpacks_to_and_by_its_bytes(cache: Cache) -> None:
    layer = layer_of([Entry.text("a", "1")], cache)
    packed = bytes_of(layer)

    assert sha256_of(packed) == layer.facts.digest
    assert sha256_of(gzip.decompress(packed)) == layer.facts.diff_id
    assert len(packed) == layer.facts.size_bytes


def test_a_plain_layer_is_one_stream_of_bytes_under_one_name(tmp_path: Path, cache: Cache) -> None:
    (tmp_path / "model").write_bytes(os.urandom(5000))
    layer = layer_of([Entry("m", FileContent.of(tmp_path / "model"))], cache, PLAIN)
    data = bytes_of(layer)

    assert layer.facts.diff_id == layer.facts.digest == sha256_of(data)
    assert len(data) == layer.facts.size_bytes
    assert not cache.has(layer.facts.digest)  # never copied


def test_a_layer_that_is_remembered_wrongly_is_made_again(cache: Cache) -> None:
    facts = layer_of([Entry.text("a", "1")], cache).facts
    (memo,) = (cache.root / "memo" / "layer").iterdir()
    memo.write_text("{}")
    again = layer_of([Entry.text("a", "1")], cache)

    assert not again.is_known
    assert facts == again.facts


def test_the_diff_id_does_not_depend_on_the_codec(cache: Cache) -> None:
    entries = [Entry.text("a", "1")]

    diff_ids = {layer_of(entries, cache, codec).facts.diff_id for codec in (GZIP, PLAIN)}

    assert 1 == len(diff_ids)


def test_an_unchanged_layer_is_known_without_listing_it(cache: Cache) -> None:
    def layer(listing: Deferred) -> PackedLayer:
        return PackedLayer("packages", listing, codec=GZIP, epoch=0, cache=cache)

    def unlisted() -> list[Entry]:
        raise AssertionError("it was listed")

    first = layer(Deferred("wheels", lambda: [Entry.text("a", "1")]))
    assert not first.is_known
    facts = first.facts

    assert facts == layer(Deferred("wheels", unlisted)).facts
    assert layer(Deferred("wheels", unlisted)).is_known


def test_another_epoch_or_codec_is_another_layer(cache: Cache) -> None:
    def key(epoch: int, codec: Codec) -> str:
        return PackedLayer("a", Listed([]), codec=codec, epoch=epoch, cache=cache).key

    assert 3 == len({key(0, GZIP), key(1, GZIP), key(0, PLAIN)})


def test_a_layer_whose_bytes_were_collected_is_made_again(cache: Cache) -> None:
    layer = layer_of([Entry.text("a", "1")], cache)
    data = bytes_of(layer)
    cache.path(layer.facts.digest).unlink()

    assert data == bytes_of(layer)
    assert data[7:] == bytes_of(layer, 7)


def test_a_plain_layer_is_read_from_anywhere(tmp_path: Path, cache: Cache) -> None:
    (tmp_path / "model").write_bytes(os.urandom(5000))
    layer = layer_of([Entry("m", FileContent.of(tmp_path / "model"))], cache, PLAIN)

    assert bytes_of(layer)[1234:] == bytes_of(layer, 1234)


def test_a_file_that_changes_while_the_layer_is_made_is_refused(
    tmp_path: Path, cache: Cache
) -> None:
    path = tmp_path / "code.py"
    path.write_bytes(b"before")

    class Changing:
        size_bytes = 6

        def open(self) -> object:
            stream = path.open("rb")
            path.write_bytes(b"behind")
            return stream

    class Source:
        def key(self, cache: Cache) -> str:
            return hashlib.sha256(path.read_bytes()).hexdigest()

        def entries(self) -> tuple[Entry, ...]:
            return (Entry("code.py", Changing()),)  # type: ignore[arg-type] # a stream it is

    layer = PackedLayer("code", Source(), codec=GZIP, epoch=0, cache=cache)

    with pytest.raises(LayerError, match="files of layer 'code' changed while it was made"):
        _ = layer.facts
    assert cache.recall("layer", layer.key) is None
