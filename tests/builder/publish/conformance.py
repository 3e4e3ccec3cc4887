"""What every publisher must do; each one's tests run the same cases against a real place."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from funcs_builder.cache import Cache
from funcs_builder.errors import BuildError
from funcs_builder.image import Image
from funcs_builder.progress import Observer
from funcs_builder.publish.publisher import Publisher
from tests.builder.samples import sample_image


@dataclass
class Seen:
    """An image as a foreign program sees it: its id, and each file's bytes."""

    id: str
    files: dict[str, bytes]


@dataclass
class Told:
    """An observer that keeps what it is told."""

    bytes: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def started(self, act: str, name: str, size_bytes: int) -> None:
        del act, size_bytes
        self.bytes.setdefault(name, 0)

    def advanced(self, act: str, name: str, count_bytes: int) -> None:
        del act
        self.bytes[name] += count_bytes

    def finished(self, act: str, name: str, outcome: str) -> None:
        del act
        self.outcomes[name] = outcome


class PublisherCases(ABC):
    """Subclass as ``TestXyz`` and say how to publish and to look at one place."""

    #: Whether it knows what is there already, and moves only the rest.
    is_incremental = True

    @pytest.fixture
    @abstractmethod
    def place(self) -> object:
        """A fresh place that images can be brought to."""

    @abstractmethod
    def publisher(self, place: object, observer: Observer) -> Publisher:
        """A publisher to ``place``, always under the same name."""

    @abstractmethod
    def see(self, place: object, folder: Path) -> Seen | None:
        """What lies there under that name, read by a foreign program; None if nothing does."""

    def test_another_program_reads_what_was_published(
        self, place: object, tmp_path: Path, cache: Cache
    ) -> None:
        image = sample_image(tmp_path, cache)
        published = self.publisher(place, Told()).publish(image)
        seen = self.see(place, tmp_path / "seen")

        assert (image.digest, image.id) == (published.digest, published.image_id)
        assert seen is not None
        assert image.id == seen.id
        assert (tmp_path / "model.bin").read_bytes() == seen.files["opt/models/digits.bin"]
        assert b"print(1)\n" == seen.files["opt/nuclio/main.py"]

    def test_an_unchanged_image_moves_nothing(
        self, place: object, tmp_path: Path, cache: Cache
    ) -> None:
        image = sample_image(tmp_path, cache)
        first = self.publisher(place, Told()).publish(image)
        second = self.publisher(place, Told()).publish(image)

        assert first.digest == second.digest
        assert first.sent_bytes > 0
        assert (second.sent_bytes == 0) == self.is_incremental

    def test_a_change_moves_what_changed_and_replaces_the_name(
        self, place: object, tmp_path: Path, cache: Cache
    ) -> None:
        self.publisher(place, Told()).publish(sample_image(tmp_path, cache, code=nonce()))
        code = nonce()
        told = Told()
        published = self.publisher(place, told).publish(sample_image(tmp_path, cache, code=code))
        seen = self.see(place, tmp_path / "seen")

        assert seen is not None
        assert code.encode() == seen.files["opt/nuclio/main.py"]
        assert "done" == told.outcomes["code"]
        if self.is_incremental:
            assert published.sent_bytes < 3000
            assert told.bytes["model digits"] == 0

    def test_the_observer_is_told_of_every_byte(
        self, place: object, tmp_path: Path, cache: Cache
    ) -> None:
        image, told = sample_image(tmp_path, cache), Told()
        self.publisher(place, told).publish(image)

        assert {layer.name: layer.facts.size_bytes for layer in image.layers} == {
            layer.name: told.bytes[layer.name] for layer in image.layers
        }
        assert {"done"} == {told.outcomes[layer.name] for layer in image.layers}

    def test_an_image_that_cannot_be_finished_is_not_seen(
        self, place: object, tmp_path: Path, cache: Cache
    ) -> None:
        broken = changed_since(sample_image(tmp_path, cache), tmp_path / "model.bin")

        with pytest.raises(BuildError):
            self.publisher(place, Told()).publish(broken)
        assert self.see(place, tmp_path / "seen") is None

    def test_what_was_there_stays_when_its_successor_fails(
        self, place: object, tmp_path: Path, cache: Cache
    ) -> None:
        good = sample_image(tmp_path, cache)
        self.publisher(place, Told()).publish(good)
        (tmp_path / "model.bin").unlink()
        broken = changed_since(sample_image(tmp_path, cache), tmp_path / "model.bin")

        with pytest.raises(BuildError):
            self.publisher(place, Told()).publish(broken)
        seen = self.see(place, tmp_path / "seen")
        assert seen is not None
        assert good.id == seen.id


def nonce() -> str:
    """A text that no image had before."""
    return os.urandom(8).hex()


def changed_since(image: Image, model: Path) -> Image:
    """``image``, whose plain layer no longer is what it was named by."""
    _ = image.digest
    model.write_bytes(os.urandom(model.stat().st_size))
    return image


def needs(program: str) -> str:
    """The program's path; the test is skipped where it is not installed."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{program} is not installed: scripts/engines")
    return found


def seen_in_layout(layout: str, folder: Path) -> Seen:
    """The image in ``layout`` (a folder and a tag) as umoci unpacks it."""
    command = [needs("umoci"), "unpack", "--rootless", "--image", layout, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    rootfs = folder / "rootfs"
    files = {
        str(path.relative_to(rootfs)): path.read_bytes()
        for path in rootfs.rglob("*")
        if path.is_file()
    }
    config = run_skopeo("inspect", "--raw", f"oci:{layout}")
    return Seen(json.loads(config)["config"]["digest"], files)


def run_skopeo(*arguments: str) -> str:
    """What skopeo prints."""
    command = [needs("skopeo"), "--insecure-policy", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    return done.stdout
