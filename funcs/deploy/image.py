"""Which image a deploy is of: the one that is named, or the one that build remembers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from funcs.deploy.engine import Engine
from funcs.deploy.memory import changed_since, remembered
from funcs.errors import DeployError
from funcs.spec import FunctionSpec
from funcs_builder.reference import Reference, has_host


class NoImageError(DeployError):
    """There is no image, or it is older than what it is made of."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image by its reference, and what is known of it.

    ``digest`` tells two images of one tag apart; empty where nobody here has it. ``image_id`` is
    what an engine calls it, where a registry's digest is another.
    """

    reference: str
    digest: str = ""
    has_healthcheck: bool | None = None
    image_id: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        """All that it is known by for ever."""
        return tuple(dict.fromkeys(filter(None, (self.image_id, self.digest))))


def find_image(spec: FunctionSpec, named: str, registry: str, engine: Engine) -> Image:
    """The image to deploy: ``named``, else function.yaml's, else the one that was built.

    Raises:
        NoImageError: there is none, or the function changed since it was built.
        ImageReferenceError: the name cannot be an image's.
    """
    if reference := named or spec.spec.image:
        Reference.parse(reference)
        facts = engine.image(reference)
        image = Image(reference)
        if facts is not None:
            image = Image(reference, facts.id, facts.has_healthcheck)
        return _at(image, registry)
    built = remembered(spec.folder)
    if built is None:
        fix = "build it: funcs build; or name one: -i IMAGE; or let Nuclio build: --source"
        raise NoImageError(f"function {spec.name!r} has no image yet", fix=fix)
    path, how = changed_since(spec, built)
    if path:
        fix = "build again: funcs build; or deploy --build does both"
        what = f"function {spec.name!r} changed since its image {built.reference!r} was built"
        raise NoImageError(f"{what}: {path} {how}", where=str(spec.folder / path), fix=fix)
    if built.archive:
        loading = f"docker load -i {built.archive}, and name it: -i {built.reference}"
        fix = f"{loading}; or push it: funcs build -r HOST"
        what = f"the image of {spec.name!r} is a file, in no engine and no registry"
        raise NoImageError(what, where=built.archive, fix=fix)
    image = Image(built.reference, built.digest, has_healthcheck=True, image_id=built.image_id)
    return _at(image, registry)


def _at(image: Image, registry: str) -> Image:
    """The image at the registry that the platform reads, unless it names one itself."""
    if not registry or has_host(image.reference):
        return image
    return replace(image, reference=f"{registry.rstrip('/')}/{image.reference}")
