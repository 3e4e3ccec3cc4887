"""A name of its own for each image, for a dashboard that starts them in this machine's engine.

Nuclio on Docker calls an image by its name, and a build takes the name from the image before it:
a rollback would start the later one. An image of a registry is called by its digest instead.
"""

from __future__ import annotations

from dataclasses import replace

from funcs.deploy.engine import Engine
from funcs.deploy.image import Image
from funcs.deploy.nuclio.address import is_here
from funcs.deploy.plan import Step
from funcs.deploy.target import Target
from funcs_builder.reference import Reference, has_host

NAME_CALL = "docker tag"
_ID_CHARACTERS = 12
_TAG_CHARACTERS = 128 - 1 - _ID_CHARACTERS


def has_lasting_name(image: Image, target: Target, engine: Engine) -> bool:
    """Whether a dashboard at the target, if it runs on Docker, can be given such a name.

    Only the engine that has the image can give it, and only a dashboard of this machine uses that.
    """
    if not image.image_id or "@" in image.reference or has_host(image.reference):
        return False
    return is_here(target.url) and engine.image(image.image_id) is not None


def lasting(image: Image) -> Image:
    """The image under a name that means it for ever: ``shop:latest-0123456789ab``."""
    reference = Reference.parse(image.reference)
    id_part = image.image_id.removeprefix("sha256:")[:_ID_CHARACTERS]
    tag = f"{reference.tag[:_TAG_CHARACTERS]}-{id_part}"
    return replace(image, reference=reference._replace(tag=tag).familiar)


def naming(image: Image) -> Step:
    """The step that gives the image its name; it is carried out before the function is sent."""
    does = f"call the image {image.image_id[:19]} {image.reference!r} in the Docker engine"
    return Step(does, NAME_CALL, {"image": image.image_id, "name": image.reference})
