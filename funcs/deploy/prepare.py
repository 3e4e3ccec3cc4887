"""From a function and a command to a plan: nothing is sent yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from funcs.deploy import guards
from funcs.deploy.document import Additions, Document, function_document, stamped, with_image
from funcs.deploy.engine import Engine
from funcs.deploy.guards import Surroundings
from funcs.deploy.image import Image, find_image
from funcs.deploy.plan import DeployPlan, Step
from funcs.deploy.platform import Platform
from funcs.deploy.target import Target
from funcs.errors import DeployError
from funcs.spec import FunctionSpec

CANARY = "-canary"
_ANY_DIGEST = f"sha256:{'0' * 64}"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be deployed, as the command line says it.

    ``kind`` is how Kubernetes is told (`manifests.KINDS`), ``publish`` the ``[HOST:]PORT`` that
    Docker opens; ``canary`` is a share of events in percent, 0 for none; ``wheels`` is a folder of
    wheels for builds without a network. ``to_be_built`` names an image that is not there yet.
    """

    spec: FunctionSpec
    target: Target
    additions: Additions = field(default_factory=Additions)
    image: str = ""
    to_be_built: str = ""
    is_source: bool = False
    wheels: Path | None = None
    kind: str = "deployment"
    canary: int = 0
    trusts_image: bool = False
    publish: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, the files it sends, and what a person should know of it."""

    plan: DeployPlan
    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()


def prepare(order: Order, engine: Engine, platform: Platform | None) -> Prepared:
    """The plan of an order; without a ``platform`` nobody is asked, and doubts become notes.

    Raises:
        DeployError: there is nothing to deploy, or it would break the platform.
    """
    document = function_document(order.spec, order.target, order.additions)
    if order.is_source:
        return _source(order, document, platform)
    image = Image(order.to_be_built, has_healthcheck=True)
    if not order.to_be_built:
        image = find_image(order.spec, order.image, order.target.registry, engine)
    notes = _whereabouts(order, image)
    image, naming, of_name = _named(order, image, engine, platform)
    document = with_image(document, image.reference, image.digest)
    has_healthcheck = True if order.trusts_image else image.has_healthcheck
    if order.canary:
        needs_gateway(order.target, platform)
        document = renamed(document, order.spec.name + CANARY)
    notes += (*of_name, *_guarded(document, order, platform, has_healthcheck))
    if order.target.platform == "kube":
        from funcs.deploy.kubernetes.planner import kubernetes_plan
        from funcs.deploy.kubernetes.planner import notes as cluster_notes

        plan = kubernetes_plan(document, order.target, order.kind)
        return Prepared(plan, {}, (*notes, *cluster_notes(document, order.kind)))
    if order.target.platform == "docker":
        from funcs.deploy.docker.planner import docker_plan
        from funcs.deploy.docker.planner import notes as engine_notes

        plan = docker_plan(document, order.target, order.publish, image.ids)
        return Prepared(plan, {}, (*notes, *engine_notes(document)))
    from funcs.deploy.nuclio.planner import nuclio_plan

    if not order.canary:
        return Prepared(nuclio_plan(document, order.target, before=naming), {}, notes)
    return Prepared(_canary_plan(order, document, platform, naming), {}, notes)


def _whereabouts(order: Order, image: Image) -> tuple[str, ...]:
    """A note where the image is in an engine here, and who is to run it is elsewhere."""
    is_far = order.target.platform == "kube"
    if order.target.platform == "nuclio":
        from funcs.deploy.nuclio.address import is_here

        is_far = not is_here(order.target.url)
    is_named = order.image or order.spec.spec.image or "/" in image.reference
    if is_named or not is_far:
        return ()
    what = f"{image.reference} names no registry that the platform could pull it from"
    return (f"{what}: funcs build -r HOST pushes it to one",)


def _named(
    order: Order, image: Image, engine: Engine, platform: Platform | None
) -> tuple[Image, tuple[Step, ...], tuple[str, ...]]:
    """The image under the name that the platform is given, the step that names it, and notes.

    What a person named, or a registry has, keeps its name.
    """
    if order.target.platform != "nuclio" or order.image or order.spec.spec.image:
        return image, (), ()
    from funcs.deploy.nuclio.lasting import has_lasting_name, lasting, naming

    if not has_lasting_name(image, order.target, engine):
        return image, (), ()
    named = lasting(image)
    if platform is None:
        note = f"a dashboard on Docker is given the image as {named.reference!r}, to go back to"
        return image, (), (note,)
    if platform.surroundings("").kind != "local":
        return image, (), ()
    return named, (naming(named),), ()


def _source(order: Order, document: Document, platform: Platform | None) -> Prepared:
    """A deploy that Nuclio builds itself."""
    if order.target.platform != "nuclio":
        fix = "build an image: funcs build"
        raise DeployError("only a Nuclio dashboard builds from source", fix=fix)
    from funcs.deploy.nuclio.planner import nuclio_plan
    from funcs.deploy.nuclio.source import source_document

    document, files = source_document(order.spec, document, order.wheels)
    notes = _guarded(document, order, platform, has_healthcheck=True)
    digests = {name: f"sha256:{name.partition('/')[0]}" for name in files}
    return Prepared(nuclio_plan(document, order.target, files=digests), files, notes)


def _guarded(
    document: Document, order: Order, platform: Platform | None, has_healthcheck: bool | None
) -> tuple[str, ...]:
    """What is doubtful of the document; what is certain to break is refused."""
    document = stamped(document, _ANY_DIGEST)  # as large as it will be
    if platform is None and order.target.platform == "nuclio":
        return _doubts(document, has_healthcheck)
    surroundings = Surroundings(order.target.platform, has_healthcheck=True)
    if platform is not None:
        surroundings = platform.surroundings(document["spec"].get("image", ""))
    if has_healthcheck is not None:
        surroundings = replace(surroundings, has_healthcheck=has_healthcheck)
    guards.guard(document, surroundings)
    return ()


def _doubts(document: Document, has_healthcheck: bool | None) -> tuple[str, ...]:
    """A dashboard that nobody asks may run on Docker or on Kubernetes.

    Raises:
        RefusedError: it would break on either.
    """
    on_docker = guards.found(document, Surroundings("", has_healthcheck))
    in_cluster = guards.found(document, Surroundings("kube", has_healthcheck=True))
    both = {each.what for each in on_docker} & {each.what for each in in_cluster}
    if certain := [each for each in on_docker if each.what in both]:
        raise guards.RefusedError(certain)
    notes = [f"{each.what} (unless the dashboard runs on Kubernetes)" for each in on_docker]
    return (*notes, *(f"{each.what} (if the dashboard runs on Kubernetes)" for each in in_cluster))


def _canary_plan(
    order: Order, document: Document, platform: Platform | None, before: tuple[Step, ...]
) -> DeployPlan:
    """The function beside the one that serves, and a gateway that shares events among them."""
    from funcs.deploy.nuclio.planner import gateway_document, nuclio_plan

    name = order.spec.name
    if platform is not None:
        found = platform.function(name)
        if found is None or not found.is_serving:
            fix = f"deploy it first: funcs deploy {order.spec.folder}"
            raise DeployError(f"a canary needs a {name!r} that serves beside it", fix=fix)
    shares = {name: 100 - order.canary, name + CANARY: order.canary}
    gateway = gateway_document(name, order.target, shares)
    return nuclio_plan(document, order.target, gateway=gateway, before=before)


def needs_gateway(target: Target, platform: Platform | None) -> None:
    """Look whether events can be shared among functions there.

    Raises:
        DeployError: they cannot, and why.
    """
    if target.platform != "nuclio":
        fix = "use what shares traffic in your cluster, e.g. Gateway API or a service mesh"
        raise DeployError("canaries are shared by Nuclio's API gateways alone", fix=fix)
    if platform is not None and platform.surroundings("").kind == "local":
        what = "this dashboard runs on Docker, which has no API gateways: it cannot share events"
        fix = "deploy without --canary; funcs rollback goes back at once"
        raise DeployError(what, where=target.url, fix=fix)
    if not target.gateway:
        fix = "name it: --gateway shop.example.org, or gateway in funcs.toml"
        raise DeployError("the API gateway needs the host that clients call", fix=fix)


def renamed(document: Document, name: str) -> Document:
    """The same function under another name."""
    return {**document, "metadata": document["metadata"] | {"name": name}}
