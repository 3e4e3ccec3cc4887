"""Whoever brings a built image to its place: the engine if one answers, and the publishers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from funcs.errors import FuncsError
from funcs.packaging.destination import Destination, Kind
from funcs.packaging.workshop import Workshop
from funcs.record import Record
from funcs_builder.errors import EngineError
from funcs_builder.publish.publisher import Publisher

if TYPE_CHECKING:
    from funcs_builder.engine import Engine


class Delivery(Record):
    """A place that is settled; ``note`` says why it is not the one that was likely meant."""

    place: Destination
    engine: Engine | None = None
    note: str = ""

    @classmethod
    def settle(
        cls, place: Destination, environ: Mapping[str, str], *, builds_in_engine: bool
    ) -> Delivery:
        """With the engine, where the image goes there or is built there.

        Raises:
            EngineError: it is to be built there, and none answers.
            FuncsError: what an engine builds is to go elsewhere.
        """
        if place.kind is not Kind.ANY:
            if builds_in_engine:
                fix = f"leave out where it goes, then: docker push {place.reference.familiar}"
                raise FuncsError("what --engine docker builds stays in the engine", fix=fix)
            return cls(place._replace(path=place.path and place.path.absolute()))
        from funcs_builder.engine import Engine

        try:
            return cls(place, Engine.connect(environ))
        except EngineError as error:
            if builds_in_engine:
                raise
            name = place.reference.repository.rpartition("/")[2]
            path = Path(f"{name}.tar").absolute()
            note = f"{error.what} ({error.where}): the image is written to a file"
            return cls(Destination(Kind.ARCHIVE, place.reference, path), None, note)

    def publisher(self, workshop: Workshop) -> Publisher:
        """What brings images to the place."""
        place, observer = self.place, workshop.observer
        if self.engine is not None:
            from funcs_builder.publish.engine import EnginePublisher

            return EnginePublisher(self.engine, place.reference, observer=observer)
        if place.kind is Kind.REGISTRY:
            from funcs_builder.publish.registry import RegistryPublisher

            return RegistryPublisher(
                place.reference, workshop.access, cache=workshop.cache, observer=observer
            )
        path = place.path or Path()
        if place.kind is Kind.LAYOUT:
            from funcs_builder.publish.layout import LayoutPublisher

            return LayoutPublisher(path, place.reference, observer=observer)
        from funcs_builder.publish.archive import ArchivePublisher

        return ArchivePublisher(path, place.reference, observer=observer)

    def close(self) -> None:
        """Give the engine's connections back."""
        if self.engine is not None:
            self.engine.close()
