from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from docker import DockerClient
from docker.errors import ImageNotFound

from funcs_builder.cache import Cache
from funcs_builder.config import Healthcheck, RunConfig
from funcs_builder.engine import Engine
from funcs_builder.entry import Entry
from funcs_builder.errors import EngineError
from funcs_builder.image import Base, Image, ImageIndex, assemble
from funcs_builder.plan import SCRATCH, BuildPlan, LayerPlan
from funcs_builder.platforms import LINUX_AMD64, Platform
from funcs_builder.progress import Observer
from funcs_builder.publish.archive import ArchivePublisher
from funcs_builder.publish.engine import EnginePublisher
from funcs_builder.publish.publisher import Publisher
from funcs_builder.publish.registry import RegistryPublisher
from funcs_builder.reference import Reference
from funcs_builder.source import Listed
from tests.builder.engines import busybox
from tests.builder.publish.conformance import PublisherCases, Seen, Told, needs, nonce
from tests.builder.publish.test_registry import ACCESS
from tests.builder.samples import sample_image


class TestEngine(PublisherCases):
    @pytest.fixture
    def place(self, engine: Engine, docker_client: DockerClient, repository_name: str) -> object:
        return engine, docker_client, f"{repository_name}:v1"

    def publisher(self, place: object, observer: Observer) -> Publisher:
        assert isinstance(place, tuple)
        return EnginePublisher(place[0], Reference.parse(place[2]), observer=observer)

    def see(self, place: object, folder: Path) -> Seen | None:
        del folder
        assert isinstance(place, tuple)
        _, client, name = place
        try:
            found = client.images.get(name)
        except ImageNotFound:
            return None
        container = client.containers.create(name, command=["x"])
        data = b"".join(container.export())
        container.remove()
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            files = {
                member.name: stream.read()
                for member in archive
                if member.isfile() and (stream := archive.extractfile(member))
            }
        return Seen(str(found.id), files)


class Plain:
    """An engine that must be given everything: one with containerd's store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def takes_thin_archives(self) -> bool:
        return False

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)


def test_an_engine_that_takes_no_thin_archive_gets_everything(
    engine: Engine, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    reference = Reference.parse(f"{repository_name}:v1")
    EnginePublisher(engine, reference).publish(sample_image(tmp_path, cache))
    image = sample_image(tmp_path, cache, code=nonce())
    told = Told()
    published = EnginePublisher(
        Plain(engine),  # type: ignore[arg-type] # an engine in all but one answer
        reference,
        observer=told,
    ).publish(image)

    assert sum(blob.size_bytes for blob in image.blobs()) == published.sent_bytes
    assert {"done"} == {told.outcomes[layer.name] for layer in image.layers}


class Forgetful(Plain):
    """An engine that loses a layer after it has said that it has it."""

    def takes_thin_archives(self) -> bool:
        return True

    def known_layers(self, diff_ids: list[str], name: str) -> int:
        del name
        return len(diff_ids)


def test_a_layer_that_the_engine_lost_meanwhile_is_sent(
    engine: Engine, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    image = sample_image(tmp_path, cache)
    reference = Reference.parse(f"{repository_name}:v1")
    published = EnginePublisher(
        Forgetful(engine),  # type: ignore[arg-type] # an engine in all but one answer
        reference,
    ).publish(image)

    assert image.id == engine.image_id(reference.familiar)
    assert published.sent_bytes == sum(blob.size_bytes for blob in image.blobs())


def test_an_image_that_is_there_under_another_name_gets_this_one(
    engine: Engine, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    image = sample_image(tmp_path, cache)
    for tag in ("v1", "v2"):
        EnginePublisher(engine, Reference.parse(f"{repository_name}:{tag}")).publish(image)

    assert image.id == engine.image_id(f"{repository_name}:v2")


def test_of_several_platforms_the_engine_gets_its_own(
    engine: Engine, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    reference = Reference.parse(f"{repository_name}:v1")
    others = [Platform("linux", name) for name in ("s390x", "ppc64le")]
    images = [sample_image(tmp_path, cache, platform=each) for each in [*others, engine.platform]]
    published = EnginePublisher(engine, reference).publish(ImageIndex(tuple(images)))

    assert images[2].id == published.image_id
    with pytest.raises(EngineError, match="the image is not for"):
        EnginePublisher(engine, reference).publish(ImageIndex(tuple(images[:2])))


def runnable(cache: Cache, word: str) -> Image:
    """An image with a shell and a word in it."""
    plan = BuildPlan(
        SCRATCH,
        (
            LayerPlan("busybox", busybox()),
            LayerPlan("word", Listed([Entry.text("opt/word", word)]), is_packed=False),
        ),
        RunConfig(
            env={"PATH": "/bin"},
            entrypoint=("sh",),
            user="65532:0",
            healthcheck=Healthcheck(("true",), interval_s=0.1),
        ),
    )
    return assemble(plan, Base(Image.scratch(LINUX_AMD64)), cache)


@pytest.mark.parametrize("way", ["load", "archive", "pull"])
def test_a_container_runs_without_root_on_a_root_that_is_read_only(
    engine: Engine,
    docker_client: DockerClient,
    registry_host: str,
    repository_name: str,
    tmp_path: Path,
    cache: Cache,
    way: str,
) -> None:
    word = nonce()
    image = runnable(cache, word)
    name = f"{registry_host}/{repository_name}:v1"
    reference = Reference.parse(name)
    if way == "load":
        EnginePublisher(engine, reference).publish(image)
    elif way == "archive":
        ArchivePublisher(tmp_path / "x.tar", reference).publish(image)
        docker_client.images.load((tmp_path / "x.tar").read_bytes())
    else:
        RegistryPublisher(reference, ACCESS).publish(image)
        docker_client.images.pull(name)
    assert image.id == docker_client.images.get(name).id
    command = [needs("docker"), "-H", engine.where]
    limits = ["--network", "none", "--read-only", "--memory", "64m", "--pids-limit", "16"]
    run = [*command, "run", "--rm", *limits, name, "-c", "cat /opt/word; id -u"]
    said = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    start = [*command, "run", "--detach", *limits, name, "-c", "exec sleep 600"]
    container = subprocess.run(start, capture_output=True, text=True, check=True).stdout.strip()
    filters = ["--filter", f"container={container}", "--filter", "event=health_status"]
    watch = [*command, "events", "--since", "0", "--format", "{{.Status}}", *filters]
    with subprocess.Popen(watch, stdout=subprocess.PIPE, text=True) as events:
        assert events.stdout is not None
        health = events.stdout.readline()
        events.kill()
    docker_client.api.remove_container(container, force=True)

    assert f"{word}65532\n" == said
    assert "health_status: healthy\n" == health
