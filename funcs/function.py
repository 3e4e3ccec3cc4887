"""A function in a notebook: what is an object there is tried, built and deployed from there.

It joins the rooms that the command line joins: `funcs.testing` tries it, `funcs.packaging` builds
it, `funcs.deploy` brings it to a platform.
"""

from __future__ import annotations

import html
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funcs.emulator.text import Paint, duration, printable
from funcs.errors import DeployError, FuncsError
from funcs.graph import Graph
from funcs.graph.draw import to_text
from funcs.graph.renew import renew, renewed
from funcs.manifest import Manifest
from funcs.packaging.notebook import object_source, object_spec, served_object
from funcs.testing.client import Client
from funcs.testing.events import default_path
from funcs.testing.requester import Requester
from funcs_builder.platforms import LINUX_AMD64, Platform

if TYPE_CHECKING:
    from funcs.deploy.deployed import Deployed, Outcome
    from funcs.deploy.platform import Platform as DeployPlatform
    from funcs.deploy.prepare import Prepared
    from funcs.deploy.target import Target
    from funcs.emulator.answer import Answer
    from funcs.packaging.building import Built
    from funcs.packaging.delivery import Delivery
    from funcs.packaging.planning import Wanted
    from funcs.packaging.source import FunctionSource

_PLAIN = Paint(colour=False)


class Function:
    """A graph, a subclass of Model or a handler, as the function called ``name``.

    ``models`` is the folder where `save_model` wrote what the graph loads. ``requirements`` are
    packages beside those that are found to be used, with the versions that are here; ``env`` are
    the function's variables. ``base`` and ``platform`` are of its image, as `funcs build` takes
    them. Where a cell is run again, what it defines replaces what it defined before.

    >>> import funcs
    >>> graph = funcs.Graph("double")
    >>> _ = graph.to(lambda body: 2 * body, name="double").respond()
    >>> fn = funcs.Function("double", graph)
    >>> fn.test(21).json()
    42

    Raises:
        GraphError: the graph cannot run.
        FuncsError: the name is none, or nothing that can be served is given.
    """

    def __init__(
        self,
        name: str,
        serves: object,
        *,
        models: Path | str = ".",
        requirements: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        base: str = "",
        platform: str = "",
    ) -> None:
        if isinstance(requirements, str):
            fix = f"write requirements=[{requirements!r}]"
            raise FuncsError("requirements are a list of lines", fix=fix)
        self.name = name
        self.folder = Path(models).absolute()
        if not self.folder.is_dir():
            fix = "name the folder that holds models.json"
            raise FuncsError(f"there is no folder {str(models)!r}", fix=fix)
        if not isinstance(env, Mapping | None):
            raise FuncsError(f"{env!r} are no variables", fix="write env={'NAME': 'value'}")
        self.requirements = tuple(requirements)
        self.base = base
        self.platform = Platform.parse(platform) if platform else None
        self._serves = serves
        self._object: Graph | Callable[..., Any] | None = None
        self._client: Client | None = None
        self._client_of: object = None
        self._made: _Made | None = None
        self._target: Target | None = None
        self._deployed: Deployed | None = None
        spec = object_spec(self._served(), name, env=env)
        self.env = {each.name: each.value for each in spec.spec.env}

    @property
    def client(self) -> Client:
        """What `test` asks: loaded again when the graph, a class of it or a model has changed."""
        served = self._served()
        plan = served.plan() if isinstance(served, Graph) else served
        of = (plan, Manifest.read(self.folder))
        if self._client is None or not _is_same(of, self._client_of):
            if self._client is not None:
                self._client.close()
                self._client = None
            self._client = Client(plan, folder=self.folder, env=self.env)
            self._client_of = of
        return self._client

    def test(self, event: Any = None, path: str = "") -> Answer:
        """The function's answer to one event, in this process, through the code that serves it.

        Bytes and text go as they are, anything else as JSON; without an event it is a GET.
        ``path`` is by default where the first model is asked. `client` has further ways to ask.

        Raises:
            LoadError: a step or a model could not be made ready.
        """
        client = self.client
        return client.invoke(event, path or default_path(client))

    def build(
        self,
        *,
        image: str = "",
        registry: str = "",
        output: str = "",
        refresh: bool = False,
        find_links: Sequence[Path | str] = (),
        no_index: bool = False,
        insecure: Sequence[str] = (),
    ) -> Function:
        """Make the function's image, and bring it where it is to go, as `funcs build` is told.

        Without ``registry`` and ``output`` that is the Docker engine if one answers, else NAME.tar
        here. Each layer that had to move is a line of progress.

        Raises:
            FuncsError: it cannot be packed.
            BuildError: its base, its packages or the place cannot be had.
        """
        from funcs.packaging.building import build
        from funcs.packaging.delivery import Delivery
        from funcs.packaging.destination import Destination
        from funcs.packaging.planning import plans_of
        from funcs.packaging.workshop import Workshop
        from funcs.progress.build import Lines
        from funcs_builder.access import Access
        from funcs_builder.cache import Cache

        began = time.monotonic()
        source = self._source()
        place = Destination.of(source.function, image=image, registry=registry, output=output)
        workshop = Workshop(
            Cache.of(os.environ),
            Access.of(os.environ, insecure=frozenset(insecure)),
            os.environ,
            Lines(sys.stdout, _PLAIN),
            refresh,
            tuple(Path(folder).absolute() for folder in find_links),
            no_index,
        )
        with closing(Delivery.settle(place, os.environ, builds_in_engine=False)) as delivery:
            packed = plans_of(source, self._wanted(delivery), workshop)
            publisher = delivery.publisher(workshop)
            built = build(packed, publisher, delivery.place.reference, workshop)
        workshop.cache.collect()
        self._made = _Made(built, delivery.place.path, _contents(source))
        for note in (delivery.note, *packed[0].plan.notes):
            if note:
                print(f"note: {note}")
        print(f"built {self._made.name} in {duration(time.monotonic() - began)}")
        return self

    def deploy(
        self,
        *,
        target: str = "",
        platform: str = "",
        url: str = "",
        namespace: str = "",
        project: str = "",
        registry: str = "",
        image: str = "",
        trust_image: bool = False,
        timeout_s: float = 300.0,
    ) -> Function:
        """Put the image that was built last, or ``image``, on a platform; wait until it serves.

        Where is said as for `funcs deploy`: here, else by ``FUNCS_*`` variables, else by the target
        of funcs.toml. An ``image`` that nobody here can look into is sent to Nuclio's dashboard
        only with ``trust_image``.

        Raises:
            DeployError: there is no target or no image, or the platform refuses or fails.
        """
        from funcs.deploy.engine import Engine
        from funcs.deploy.history import History
        from funcs.deploy.prepare import Order, prepare
        from funcs.deploy.profile import Profile
        from funcs.deploy.target import Target

        spec = object_spec(self._served(), self.name, folder=self.folder, env=self.env)
        wanted = Profile(
            name=target,
            platform=platform,
            url=url,
            namespace=namespace,
            project=project,
            registry=registry,
        )
        where = Target.resolve(wanted, os.environ, self.folder)
        order = Order(
            spec, where, image=image or self._image(), trusts_image=trust_image or not image
        )
        with closing(self._platform(where, timeout_s)) as client:
            prepared = prepare(order, Engine(os.environ), client)
            for note in prepared.notes:
                print(f"note: {note}")
            outcome = _applied(client, prepared)
        plan = prepared.plan
        History(self.folder, plan.function, plan.place).remember(plan, prepared.files)
        self._target, self._deployed = where, outcome.function
        how = "" if outcome.has_changed else " and as planned: nothing to change"
        print(f"{self.name} is {outcome.function.state}{how}")
        return self

    @property
    def built(self) -> Built | None:
        """The image that was built last: its name, digest and place."""
        return self._made.built if self._made is not None else None

    def invoke(self, event: Any = None, path: str = "/") -> Answer:
        """The answer of the function where it was deployed, to an event as `test` takes it.

        Raises:
            DeployError: it was not deployed from here, or cannot be reached.
        """
        if self._target is None:
            fix = "deploy it: fn.deploy(); or ask it in this process: fn.test()"
            raise DeployError(f"function {self.name!r} was not deployed from here", fix=fix)
        with closing(self._platform(self._target)) as client:
            return _Deployed(self.name, client).invoke(event, path)

    def __repr__(self) -> str:
        return f"<Function {self.name!r}: {', '.join(self._state().values())}>"

    def _repr_html_(self) -> str:
        """The graph, and below it what has become of it."""
        rows = "".join(
            f"<tr><th style='text-align: left'>{key}</th>"
            f"<td style='text-align: left'>{html.escape(value)}</td></tr>"
            for key, value in self._state().items()
        )
        drawing = html.escape(self._drawing())
        return f"<b>{html.escape(self.name)}</b><pre>{drawing}</pre><table>{rows}</table>"

    def _drawing(self) -> str:
        try:
            served = self._served()
        except FuncsError as error:  # a graph that was changed since: to be looked at all the same
            return str(error)
        if isinstance(served, Graph):
            return to_text(served.plan())
        return f"{getattr(served, '__qualname__', served)}(context, event)"

    def _state(self) -> dict[str, str]:
        image = self._made.name if self._made is not None else "not built"
        deployed = "not deployed"
        if self._deployed is not None:
            deployed = " ".join([self._deployed.state, *self._deployed.urls[:1]])
        return {"image": image, "function": deployed}

    def _served(self) -> Graph | Callable[..., Any]:
        """What is served, as the notebook's cells define it now."""
        now = renewed(self._serves)
        if isinstance(now, Graph):
            renew(now)
        elif self._object is not None and now is self._serves:
            return self._object  # of a class that is the same the graph is the same
        self._serves = now
        self._object = served_object(now, self.name)
        return self._object

    def _source(self) -> FunctionSource:
        return object_source(
            self._served(),
            self.name,
            requirements=self.requirements,
            folder=self.folder,
            env=self.env,
        )

    def _wanted(self, delivery: Delivery) -> Wanted:
        """As the command has it: the platform of the engine where it goes there."""
        from funcs.packaging.planning import Wanted
        from funcs.packaging.stamping import stamp_of

        there = delivery.engine.platform if delivery.engine else LINUX_AMD64
        stamp = stamp_of("", self.folder, os.environ)
        return Wanted(self.base, (self.platform or there,), stamp)

    def _image(self) -> str:
        """The name of the image that was built last, as a platform finds it."""
        from funcs.deploy.image import NoImageError

        if self._made is None:
            fix = "build it: fn.build(); or name one: fn.deploy(image=…)"
            raise NoImageError(f"function {self.name!r} has no image yet", fix=fix)
        if self._made.contents != _contents(self._source()):
            what = f"function {self.name!r} changed since its image {self._made.name!r} was built"
            raise NoImageError(what, fix="build again: fn.build()")
        if self._made.file is not None:
            what = f"the image of {self.name!r} is a file, in no engine and no registry"
            fix = "build it into an engine, or push it: fn.build(registry='HOST')"
            raise NoImageError(what, where=str(self._made.file), fix=fix)
        place = self._made.built.published.place
        # a digest is the same image for ever, a tag may move on
        return place if "@" in place else self._made.name

    def _platform(self, target: Target, timeout_s: float = 300.0) -> DeployPlatform:
        from funcs.deploy.platform import Session, platform_of
        from funcs.progress.deploy import Steps

        progress = Steps(sys.stdout, _PLAIN)
        return platform_of(Session(target, progress, os.environ, self.folder, timeout_s=timeout_s))


def _applied(platform: DeployPlatform, prepared: Prepared) -> Outcome:
    """Carry the plan out; a function that fails says why, one that is not waited for goes on."""
    from funcs.deploy.errors import FunctionFailedError

    try:
        return platform.apply(prepared.plan, prepared.files)
    except FunctionFailedError as error:
        for line in error.lines:
            print(f"    {printable(line)}")
        raise
    except KeyboardInterrupt:
        name = prepared.plan.function
        print(f"not waiting any more; the platform may go on with {name!r}: deploy again to wait")
        raise


class _Deployed(Requester):
    """A function where it is deployed, asked through its platform."""

    def __init__(self, name: str, platform: DeployPlatform) -> None:
        self._name = name
        self._platform = platform

    def _send(
        self, method: str, path: str, body: bytes | None, headers: list[tuple[str, str]]
    ) -> Answer:
        from funcs.deploy.platform import Request

        request = Request(method, path, headers, body)
        return self._platform.call(self._name, request, is_direct=False)


@dataclass(frozen=True, slots=True)
class _Made:
    """An image that was built: of ``contents``, into ``file`` where that is its place."""

    built: Built
    file: Path | None
    contents: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.built.reference.familiar


def _contents(source: FunctionSource) -> tuple[str, ...]:
    """Tells it from what it was before: models.json has the digests of all that is packed."""
    return (source.models.manifest.to_json(), source.function.function_yaml, *source.lines)


def _is_same(one: object, other: object) -> bool:
    """Whether two plans are equal; arguments such as arrays, which cannot say, are not."""
    try:
        return bool(one == other)
    except ValueError:
        return False
