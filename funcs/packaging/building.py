"""Carries plans out: images are assembled, brought to their place, and remembered."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import funcs
from funcs.packaging.builds import Build, remember
from funcs.packaging.packager import PackedFunction
from funcs.packaging.workshop import Workshop
from funcs.record import Record
from funcs_builder.codec import fast_gzip
from funcs_builder.config import timestamp
from funcs_builder.image import Image, ImageIndex, Product, assemble
from funcs_builder.publish.publisher import Published, Publisher
from funcs_builder.reference import Reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs_builder.engine import Engine


class Built(Record):
    """An image that is where it was to go; ``image_ids`` are one for each plan, in order."""

    reference: Reference
    published: Published
    image_ids: tuple[str, ...]


def build(
    packed: Sequence[PackedFunction],
    publisher: Publisher,
    reference: Reference,
    workshop: Workshop,
) -> Built:
    """Make the images of ``packed`` and bring them to ``publisher``'s place, as one.

    Raises:
        BuildError: a layer cannot be made, or the place refuses.
    """
    with workshop.cache.in_use():
        codec = fast_gzip()
        images = tuple(
            assemble(each.plan, each.base, workshop.cache, codec=codec, observer=workshop.observer)
            for each in packed
        )
        published = publisher.publish(_product(images))
    return Built(reference, published, tuple(image.id for image in images))


def build_in_engine(
    packed: PackedFunction,
    engine: Engine,
    reference: Reference,
    workshop: Workshop,
    log: Callable[[str], None],
) -> Built:
    """Let the engine build the plan as a Dockerfile; ``log`` is given each line that it says.

    Raises:
        EngineError: a step failed, or the engine does not answer.
        BuildError: a layer's files cannot be had.
    """
    from funcs_builder.dockerfile import DockerfileBuild, Recipe, base_name
    from funcs_builder.publish.engine import EnginePublisher

    plan = packed.plan._replace(target=reference)
    with workshop.cache.in_use():
        name = base_name(
            packed.base, lambda place: EnginePublisher(engine, place).publish(packed.base.image)
        )
        recipe = Recipe(plan, packed.before, packed.after)
        image_id = DockerfileBuild(engine, log).build(recipe, name)
    return Built(reference, Published(reference.familiar, "", image_id, 0), (image_id,))


def note_built(
    folder: Path, packed: Sequence[PackedFunction], built: Built, files: Mapping[str, str]
) -> None:
    """Remember what was built beside the function, and of which ``files``, by their digests.

    Raises:
        FuncsError: the folder cannot be written to.
    """
    now = timestamp(int(time.time()))
    entries = [
        Build(
            reference=built.reference.familiar,
            place=built.published.place,
            digest=built.published.digest,
            image_id=image_id,
            platform=str(each.plan.platform),
            inputs=each.inputs,
            time=now,
            funcs=funcs.__version__,
        )
        for each, image_id in zip(packed, built.image_ids, strict=True)
    ]
    remember(folder, tuple(entries), files)


def _product(images: tuple[Image, ...]) -> Product:
    return images[0] if len(images) == 1 else ImageIndex(images)
