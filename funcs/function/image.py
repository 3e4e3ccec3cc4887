"""The image that was built of a notebook's function."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from funcs_builder.platforms import LINUX_AMD64, Platform

if TYPE_CHECKING:
    from funcs.function.definition import Definition
    from funcs.packaging.building import Built
    from funcs.packaging.source import FunctionSource
    from funcs.packaging.workshop import Workshop


@dataclass(frozen=True, slots=True)
class MadeImage:
    """An image that was built: of ``contents``, into ``file`` where that is its place.

    ``notes`` are what whoever asked for it should know.
    """

    built: Built
    file: Path | None
    contents: tuple[str, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls,
        definition: Definition,
        workshop: Workshop,
        *,
        image: str,
        registry: str,
        output: str,
        base: str,
        platform: Platform | None,
    ) -> MadeImage:
        """Build it, and bring it where it is to go.

        Raises:
            FuncsError: it cannot be packed.
            BuildError: its base, its packages or the place cannot be had.
        """
        from funcs.packaging.building import build
        from funcs.packaging.delivery import Delivery
        from funcs.packaging.destination import Destination
        from funcs.packaging.planning import Wanted, plans_of
        from funcs.packaging.stamping import stamp_of

        source = definition.source()
        place = Destination.of(source.function, image=image, registry=registry, output=output)
        with closing(Delivery.settle(place, workshop.environ, builds_in_engine=False)) as delivery:
            there = delivery.engine.platform if delivery.engine else LINUX_AMD64
            stamp = stamp_of("", definition.folder, workshop.environ)
            packed = plans_of(source, Wanted(base, (platform or there,), stamp), workshop)
            publisher = delivery.publisher(workshop)
            built = build(packed, publisher, delivery.place.reference, workshop)
        workshop.cache.collect()
        notes = tuple(note for note in (delivery.note, *packed[0].plan.notes) if note)
        return cls(built, delivery.place.path, _contents(source), notes)

    @property
    def name(self) -> str:
        """As a person says it."""
        return self.built.reference.familiar

    def is_of(self, definition: Definition) -> bool:
        """Whether it is of what is defined now; reads the models' files.

        Raises:
            FuncsError: what is defined now cannot be packed.
        """
        return self.contents == _contents(definition.source())

    def name_for_platforms(self, definition: Definition) -> str:
        """The name by which a platform finds it.

        Raises:
            NoImageError: it has none, or is no longer of what is defined.
        """
        from funcs.deploy.image import NoImageError

        if not self.is_of(definition):
            what = f"function {definition.name!r} changed since its image {self.name!r} was built"
            raise NoImageError(what, fix="build again: fn.build()")
        if self.file is not None:
            what = f"the image of {definition.name!r} is a file, in no engine and no registry"
            fix = "build it into an engine, or push it: fn.build(registry='HOST')"
            raise NoImageError(what, where=str(self.file), fix=fix)
        place = self.built.published.place
        # a digest is the same image for ever, a tag may move on
        return place if "@" in place else self.name


def _contents(source: FunctionSource) -> tuple[str, ...]:
    """Tells it from what it was before: models.json has the digests of all that is packed."""
    return (source.models.manifest.to_json(), source.function.function_yaml, *source.lines)
