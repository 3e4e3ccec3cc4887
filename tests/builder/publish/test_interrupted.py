"""What a build leaves behind that is killed, or finds its disk full."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from funcs_builder.cache import Cache
from funcs_builder.errors import BuildError
from funcs_builder.publish.archive import ArchivePublisher
from funcs_builder.publish.layout import LayoutPublisher
from funcs_builder.publish.publisher import Publisher
from funcs_builder.reference import Reference
from tests.builder.publish.conformance import needs, seen_in_layout
from tests.builder.samples import sample_image

PUBLISHERS = [LayoutPublisher, ArchivePublisher]

_KILLED = """
import sys
from pathlib import Path
from funcs_builder.cache import Cache
from funcs_builder.publish.archive import ArchivePublisher
from funcs_builder.publish.layout import LayoutPublisher
from tests.builder.samples import sample_image
folder = Path(sys.argv[1])

class Stuck:
    def started(self, act, name, size_bytes): ...
    def finished(self, act, name, outcome): ...
    def advanced(self, act, name, count_bytes):
        if name == "model digits" and act == "write":
            print("writing", flush=True)
            sys.stdin.read()

kind = {"layout": LayoutPublisher, "archive": ArchivePublisher}[sys.argv[2]]
image = sample_image(folder, Cache(folder / "cache"))
kind(folder / "out" / "x", observer=Stuck()).publish(image)
"""


@pytest.mark.parametrize("kind", ["layout", "archive"])
def test_a_build_that_is_killed_is_not_seen_and_the_next_one_is(
    tmp_path: Path, cache: Cache, kind: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(tmp_path), kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
    ) as process:
        assert process.stdout is not None
        assert b"writing\n" == process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    out = tmp_path / "out" / "x"

    assert not (out / "index.json" if kind == "layout" else out).exists()
    if kind == "layout":
        LayoutPublisher(out).publish(sample_image(tmp_path, cache))
        assert [] == list(out.glob(".part-*"))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 256 KiB."""
    if os.getuid() != 0:
        pytest.skip("mounting needs root")
    folder.mkdir()
    mount = [needs("mount"), "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run([needs("umount"), str(folder)], check=True)


@pytest.mark.parametrize("kind", PUBLISHERS)
def test_a_full_disk_is_a_sentence_and_nothing_is_seen(
    tmp_path: Path, cache: Cache, kind: Callable[[Path], Publisher]
) -> None:
    image = sample_image(tmp_path, cache, model_bytes=1_000_000)
    with small_disk(tmp_path / "disk") as disk:
        with pytest.raises(BuildError, match="No space left on device") as caught:
            kind(disk / "out").publish(image)
        left = [path.name for path in disk.rglob("*") if path.is_file()]

    assert "make room on the disk" == caught.value.fix
    assert "index.json" not in left
    assert [] == [name for name in left if name.startswith(".part") or name == "out"]


def test_a_cache_on_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        cache = Cache(disk)
        with pytest.raises(BuildError, match="could not write the build cache: No space") as caught:
            cache.add([os.urandom(1_000_000)])
        left = [path for path in disk.rglob("*") if path.is_file()]

    assert "make room" in caught.value.fix
    assert [] == left


def test_a_layout_that_was_killed_halfway_is_whole_after_the_next_build(
    tmp_path: Path, cache: Cache
) -> None:
    image = sample_image(tmp_path, cache)
    out = tmp_path / "out"
    name = Reference.parse("shop:v1")
    LayoutPublisher(out, name).publish(image)
    (out / "index.json").unlink()
    (out / "blobs" / "sha256" / image.digest[7:]).unlink()
    LayoutPublisher(out, name).publish(image)

    assert image.id == seen_in_layout(f"{out}:v1", tmp_path / "seen").id
