"""What every publisher is: something that takes an image and says where it is now."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from funcs_builder.errors import BuildError
from funcs_builder.image import Product
from funcs_builder.reference import Reference

__all__ = ["Published", "Publisher", "checked_target", "image_id"]


class Published(NamedTuple):
    """Where an image is now.

    ``place`` is what a person may use it by: a name with its digest, or a path. ``digest`` is the
    manifest's, ``image_id`` the config's (empty where there are several). ``sent_bytes`` counts
    the blobs' bytes that had to move.
    """

    place: str
    digest: str
    image_id: str
    sent_bytes: int


class Publisher(Protocol):
    """Brings an image to one place, which it was told on construction."""

    def publish(self, product: Product) -> Published:
        """Bring it there; it is seen whole, or not at all.

        Raises:
            BuildError: it cannot be brought there.
        """


def checked_target(reference: Reference) -> Reference:
    """The same reference, if an image can be brought to it.

    Raises:
        BuildError: it has a digest, which follows from the image, or no tag.
    """
    if reference.digest or not reference.tag:
        fix = "name a tag; the digest follows from the image"
        raise BuildError(f"no image can be brought to {reference}", fix=fix)
    return reference


def image_id(product: Product) -> str:
    """The id of the only image in ``product``; empty where it has several."""
    return product.images[0].id if len(product.images) == 1 else ""
