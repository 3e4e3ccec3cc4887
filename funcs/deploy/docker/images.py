"""Finds the image of a plan in an engine, or has it pulled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from funcs.deploy.platform import Session
from funcs.emulator.pulling import Pulling
from funcs.errors import DeployError
from funcs_builder.credentials import DockerConfig
from funcs_builder.engine import Engine
from funcs_builder.errors import EngineError
from funcs_builder.reference import Reference, has_host

_OURS = "io.funcs.function"


def present(engine: Engine, reference: str, ids: Sequence[str], session: Session) -> str:
    """The engine's id of the image that is meant, pulled if it lacks it.

    A name may be another image's by now: the plan's ``ids``, if it has any, decide. A name without
    a registry was an image of an engine's own then: who has it at Docker Hub is somebody else.

    Raises:
        DeployError: it is gone, cannot be pulled, or was not built by funcs build.
    """
    found = _found(engine, reference, ids)
    if not found and ids and not (has_host(reference) or "@" in reference):
        what = f"the image {reference!r} of this deploy is gone from the engine"
        fix = "build it again, and deploy that: funcs deploy --build"
        raise DeployError(what, where=engine.where, fix=fix)
    if not found:
        session.progress.step(f"pulling {reference}")
        found = _pulled(engine, reference, session)
    if ids and not any(_is(found, each) for each in ids):
        what = f"{reference} is another image by now than the one of this deploy, which is gone"
        raise DeployError(what, where=engine.where, fix="build it again, and deploy that")
    config: Any = found.get("Config") or {}
    if _OURS not in (config.get("Labels") or {}):
        fix = f"run it without funcs: docker run -p 8080:8080 {reference}"
        raise DeployError(f"{reference} was not built by funcs build", fix=fix)
    return str(found["Id"])


def _pulled(engine: Engine, reference: str, session: Session) -> Mapping[str, object]:
    login = DockerConfig.of(session.environ).credentials(Reference.parse(reference).registry)
    try:
        engine.pull(reference, login, Pulling())
    except EngineError as error:
        what = f"the engine does not have the image {reference!r}, and {error.what}"
        fix = "build it into this engine (funcs build), or correct its name or docker login"
        raise DeployError(what, where=engine.where, fix=fix) from error
    return engine.inspect_image(reference)


def _found(engine: Engine, reference: str, ids: Sequence[str]) -> Mapping[str, object]:
    """By an id, by a registry's digest, by its name."""
    name = Reference.parse(reference)
    digests = [f"{name.registry}/{name.repository}@{each}" for each in ids]
    for each in (*ids, *digests):
        if found := engine.inspect_image(each):
            return found
    return engine.inspect_image(reference)


def _is(found: Mapping[str, object], wanted: str) -> bool:
    """Whether an image has this id, or this digest in a registry."""
    digests = found.get("RepoDigests")
    names = digests if isinstance(digests, list) else []
    return found.get("Id") == wanted or any(str(name).endswith(wanted) for name in names)
