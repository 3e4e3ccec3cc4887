"""Names of images as Docker writes them: ``registry:port/repository:tag@digest``."""

from __future__ import annotations

import re
from typing import NamedTuple

from funcs_builder.checked import checked
from funcs_builder.digest import is_digest
from funcs_builder.errors import ImageReferenceError

__all__ = ["DOCKER_HUB", "Reference", "has_host"]

DOCKER_HUB = "docker.io"
NAME_LENGTH = 255

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_REGISTRY = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?")
_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_IDENTIFIER = re.compile(r"[0-9a-f]{64}")


@checked
class Reference(NamedTuple):
    """Where an image lies: a registry's host, a repository in it, a tag or a digest or both.

    What `parse` leaves out is filled in as Docker does: ``python`` is
    ``docker.io/library/python:latest``.

    Raises on construction:
        ImageReferenceError: a part has a form that registries refuse.
    """

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    def check(self) -> None:
        """Refuse a part that registries refuse."""
        name = f"{self.registry}/{self.repository}"
        if not _REGISTRY.fullmatch(self.registry):
            raise _refusal(name, f"{self.registry!r} is no host", "write host or host:port")
        if not _REPOSITORY.fullmatch(self.repository):
            fix = "use small letters and digits, with . _ or - between them"
            raise _refusal(name, f"{self.repository!r} is no repository", fix)
        if len(name) > NAME_LENGTH:
            raise _refusal(name, f"{len(name)} characters", f"{NAME_LENGTH} are the most")
        if self.tag and not _TAG.fullmatch(self.tag):
            fix = "use letters, digits, _ . or -, 128 at most, the first a letter, digit or _"
            raise _refusal(name, f"{self.tag!r} is no tag", fix)
        if self.digest and not is_digest(self.digest):
            fix = "write sha256: and 64 hex digits"
            raise _refusal(name, f"{self.digest!r} is no digest", fix)

    @classmethod
    def parse(cls, text: str) -> Reference:
        """The reference that ``text`` means.

        >>> str(Reference.parse("python"))
        'docker.io/library/python:latest'
        >>> Reference.parse("localhost:5000/shop:v1").registry
        'localhost:5000'

        Raises:
            ImageReferenceError: it names no image.
        """
        if not text:
            raise ImageReferenceError("an empty text names no image", fix="write name:tag")
        if "://" in text:
            fix = f"write {text.partition('://')[2]!r}; the scheme is found out"
            raise ImageReferenceError(f"{text!r} is an address, no image's name", fix=fix)
        name, at, digest = text.partition("@")
        if at and not digest:
            raise _refusal(text, "nothing stands behind @", "write sha256: and 64 hex digits")
        name, tag = _split_tag(text, name)
        registry, repository = _split_registry(name)
        if _IDENTIFIER.fullmatch(name):
            raise _refusal(text, "64 hex digits are an image's id", "write name:tag")
        return cls(registry, repository, tag or ("" if digest else "latest"), digest)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"

    @property
    def familiar(self) -> str:
        """As people write it: without Docker Hub's host and ``library/``.

        >>> Reference.parse("docker.io/library/python:3.11-slim").familiar
        'python:3.11-slim'
        """
        name = f"{self.registry}/{self.repository}"
        rest = str(self).removeprefix(name)
        short = self.repository.removeprefix("library/")
        for familiar in (short, self.repository):
            if _split_registry(familiar) == (self.registry, self.repository):
                return familiar + rest
        return name + rest

    @property
    def target(self) -> str:
        """What a registry is asked for: the digest where there is one, else the tag."""
        return self.digest or self.tag

    def pinned(self, digest: str) -> Reference:
        """The same name at ``digest``, which no later push can change."""
        return self._replace(digest=digest)


def has_host(name: str) -> bool:
    """Whether an image's name begins with a registry's host, as Docker tells it.

    >>> has_host("localhost:5000/shop"), has_host("alice/shop"), has_host("shop:v1")
    (True, False, False)
    """
    first, slash, _ = name.partition("/")
    return bool(slash) and _is_host(first)


def _is_host(first: str) -> bool:
    """Whether the first part of a name is a host: it can be no repository's."""
    return "." in first or ":" in first or first == "localhost" or first != first.lower()


def _split_tag(text: str, name: str) -> tuple[str, str]:
    """The name and the tag behind its last colon, unless that colon is a port's."""
    front, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        return name, ""
    if not tag:
        raise _refusal(text, "nothing stands behind the colon", "write name:tag")
    return front, tag


def _split_registry(name: str) -> tuple[str, str]:
    """The registry and the repository; the first part is a host if it looks like one."""
    first, slash, rest = name.partition("/")
    if not slash or not _is_host(first):
        first, rest = DOCKER_HUB, name
    if first == "index.docker.io":
        first = DOCKER_HUB
    if first == DOCKER_HUB and "/" not in rest:
        rest = f"library/{rest}"
    return first, rest


def _refusal(text: str, what: str, fix: str) -> ImageReferenceError:
    return ImageReferenceError(f"{text!r} names no image: {what}", fix=fix)
