"""`funcs.Function`: what a cell of a notebook holds in its hand."""

from __future__ import annotations

import html
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funcs.emulator.text import Paint, duration
from funcs.errors import DeployError, FuncsError
from funcs.function.definition import Definition
from funcs.function.deployment import Deployment
from funcs.function.image import MadeImage
from funcs.function.loaded import Loaded, LoadedTarget
from funcs.testing.events import default_path
from funcs_builder.platforms import Platform

if TYPE_CHECKING:
    from funcs.emulator.answer import Answer
    from funcs.packaging.building import Built
    from funcs.replay.comparison import Comparison
    from funcs.testing.client import Client

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
        folder = Path(models).absolute()
        if not folder.is_dir():
            fix = "name the folder that holds models.json"
            raise FuncsError(f"there is no folder {str(models)!r}", fix=fix)
        if not isinstance(env, Mapping | None):
            raise FuncsError(f"{env!r} are no variables", fix="write env={'NAME': 'value'}")
        self.name = name
        self._base = base
        self._platform = Platform.parse(platform) if platform else None
        self._definition = Definition(name, serves, folder, requirements=requirements, env=env)
        self._loaded = Loaded(self._definition)
        self._image: MadeImage | None = None
        self._deployment: Deployment | None = None

    @property
    def client(self) -> Client:
        """What `test` asks: loaded again when the graph, a class of it or a model has changed."""
        return self._loaded.client()

    def test(self, event: Any = None, path: str = "") -> Answer:
        """The function's answer to one event, in this process, through the code that serves it.

        Bytes and text go as they are, anything else as JSON; without an event it is a GET.
        ``path`` is by default where the first model is asked. `client` has further ways to ask.

        Raises:
            LoadError: a step or a model could not be made ready.
        """
        client = self.client
        return client.invoke(event, path or default_path(client))

    def replay(
        self,
        tape: Path | str,
        *,
        against: str = "",
        tolerance: float = 1e-6,
        ignore: Sequence[str] = (),
        only: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 60.0,
    ) -> Comparison:
        """What a tape's events are answered now, in this process, compared with the recorded.

        ``against`` names a folder, an address or an image, whose answers then are what is
        expected: another version. The rest is as `funcs replay` takes it; ``write`` of what comes
        back writes its report.

        Raises:
            FuncsError: the tape is none, or ``against`` cannot be asked.
            LoadError: a step or a model could not be made ready.
        """
        from funcs.compare.paths import Pattern
        from funcs.compare.values import Rules, is_number
        from funcs.replay.order import Order
        from funcs.replay.source import Source

        if not is_number(tolerance) or not tolerance >= 0:
            fix = "give a number from 0: tolerance=1e-6"
            raise FuncsError(f"{tolerance!r} is no tolerance", fix=fix)
        order = Order(
            against=(against,) if against else (),
            rules=Rules(tolerance, tuple(map(Pattern.parse, _several(ignore)))),
            only=_several(only),
            headers=headers or {},
            timeout_s=timeout_s,
        )
        here = LoadedTarget(self.name, self.client)
        return order.run(Source(Path(tape)), os.environ, here=here)

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
        from funcs.packaging.workshop import Workshop
        from funcs.progress.build import Lines
        from funcs_builder.access import Access
        from funcs_builder.cache import Cache

        began = time.monotonic()
        workshop = Workshop(
            Cache.of(os.environ),
            Access.of(os.environ, insecure=frozenset(insecure)),
            os.environ,
            Lines(sys.stdout, _PLAIN),
            refresh,
            tuple(Path(folder).absolute() for folder in find_links),
            no_index,
        )
        self._image = MadeImage.of(
            self._definition,
            workshop,
            image=image,
            registry=registry,
            output=output,
            base=self._base,
            platform=self._platform,
        )
        for note in self._image.notes:
            print(f"note: {note}")
        print(f"built {self._image.name} in {duration(time.monotonic() - began)}")
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
        from funcs.deploy.profile import Profile

        wanted = Profile(
            name=target,
            platform=platform,
            url=url,
            namespace=namespace,
            project=project,
            registry=registry,
        )
        self._deployment = made = Deployment.of(
            self._definition,
            wanted,
            image or self._built_image(),
            trusts_image=trust_image or not image,
            timeout_s=timeout_s,
        )
        how = "" if made.has_changed else " and as planned: nothing to change"
        print(f"{self.name} is {made.function.state}{how}")
        return self

    @property
    def built(self) -> Built | None:
        """The image that was built last: its name, digest and place."""
        return self._image.built if self._image is not None else None

    def invoke(self, event: Any = None, path: str = "/") -> Answer:
        """The answer of the function where it was deployed, to an event as `test` takes it.

        Raises:
            DeployError: it was not deployed from here, or cannot be reached.
        """
        if self._deployment is None:
            fix = "deploy it: fn.deploy(); or ask it in this process: fn.test()"
            raise DeployError(f"function {self.name!r} was not deployed from here", fix=fix)
        return self._deployment.invoke(event, path)

    def __repr__(self) -> str:
        return f"<Function {self.name!r}: {', '.join(self._state().values())}>"

    def _repr_html_(self) -> str:
        """The graph, and below it what has become of it, or of what it was before."""
        state = self._state()
        if self._image is not None and not self._is_image_of_now(self._image):
            state["image"] += ", of what was defined before"
        rows = "".join(
            f"<tr><th style='text-align: left'>{key}</th>"
            f"<td style='text-align: left'>{html.escape(value)}</td></tr>"
            for key, value in state.items()
        )
        drawing = html.escape(self._definition.drawing())
        return f"<b>{html.escape(self.name)}</b><pre>{drawing}</pre><table>{rows}</table>"

    def _is_image_of_now(self, image: MadeImage) -> bool:
        try:
            return image.is_of(self._definition)
        except FuncsError:  # what is defined now cannot even be packed
            return False

    def _state(self) -> dict[str, str]:
        return {
            "image": self._image.name if self._image is not None else "not built",
            "function": str(self._deployment) if self._deployment else "not deployed",
        }

    def _built_image(self) -> str:
        """The name of the image that was built last, as a platform finds it."""
        from funcs.deploy.image import NoImageError

        if self._image is None:
            fix = "build it: fn.build(); or name one: fn.deploy(image=…)"
            raise NoImageError(f"function {self.name!r} has no image yet", fix=fix)
        return self._image.name_for_platforms(self._definition)


def _several(texts: Sequence[str]) -> tuple[str, ...]:
    """One text is one of them, and no sequence of letters."""
    return (texts,) if isinstance(texts, str) else tuple(texts)
