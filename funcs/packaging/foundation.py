"""What an image of a function is built on, and how Python lies in it.

A base of a registry, a folder or an archive is found; ``scratch`` is made here, of Debian's
packages, without a registry.
"""

from __future__ import annotations

from collections.abc import Mapping

from funcs.packaging.bytecode import bytecode_layer
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.runtime import agreed_python, named_python, own_python
from funcs.packaging.workshop import Workshop
from funcs.record import Record
from funcs_builder.base import BaseFinder
from funcs_builder.bytecode import Compiler
from funcs_builder.errors import BuildError
from funcs_builder.image import Base, Image
from funcs_builder.plan import SCRATCH, LayerPlan
from funcs_builder.platforms import Platform
from funcs_builder.scheme import Scheme
from funcs_builder.source import Deferred

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs_builder.debian import DebianBase
    from funcs_builder.recipe import Recipe

#: Where packages go in a base whose own place for them is not known.
_OWN = "opt/funcs/lib"
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: The Python of the base that is made here.
_SCRATCH_PYTHON = "3.11"
_FORMAT = 1


class Foundation(Record):
    """A base: ``text`` names it for people, ``name`` and ``digest`` in labels.

    ``python`` is its minor version, ``scheme`` where its packages go, ``env`` what that asks of
    the environment; ``layers`` are its own, where it is made here.
    """

    text: str
    base: Base
    name: str
    digest: str
    python: str
    scheme: Scheme
    env: Mapping[str, str]
    layers: tuple[LayerPlan, ...] = ()
    debian: DebianBase | None = None
    notes: tuple[str, ...] = ()


def found_foundation(
    function: FunctionFacts, platform: Platform, workshop: Workshop, base: str = ""
) -> Foundation:
    """The base of a function's image: ``base``, else ``spec.build.baseImage``, else Python's own.

    Raises:
        BuildError: it cannot be had.
        SpecError: it has another Python than the function wants.
    """
    wanted = base or function.base_image
    named = named_python(function)
    if wanted == SCRATCH:
        return _of_debian(named, platform, workshop)
    if not wanted:
        registry = f"{function.base_registry}/" if function.base_registry else ""
        wanted = f"{registry}python:{named or own_python()}-slim"
    finder = BaseFinder(workshop.cache, workshop.access, workshop.observer, workshop.refresh)
    return _of_image(wanted, finder.find(wanted, platform), named)


def _of_image(text: str, base: Base, named: str) -> Foundation:
    """An image that exists; the official ones say in a variable which Python they have."""
    env = _environment(base.image)
    found = ".".join(env.get("PYTHON_VERSION", "").split(".")[:2])
    python = agreed_python(named, found, text)
    scheme = Scheme.prefix("usr/local", python, python="usr/local/bin/python3")
    added: dict[str, str] = {}
    notes: tuple[str, ...] = ()
    if not found:
        scheme = Scheme.under(_OWN, python="usr/bin/env python3")
        added["PYTHONPATH"] = ":".join(filter(None, [f"/{_OWN}", env.get("PYTHONPATH")]))
        added["PATH"] = f"/{scheme.scripts}:{env.get('PATH') or _DEFAULT_PATH}"
        notes = (f"{text} does not say which Python it has: {python} is taken for granted",)
    name, digest = base.name, base.digest or base.image.id
    return Foundation(text, base, name, digest, python, scheme, added, notes=notes)


def _environment(image: Image) -> dict[str, str]:
    lines = image.config.run.get("Env")
    pairs = (str(line).partition("=") for line in lines) if isinstance(lines, list) else ()
    return {name: value for name, _, value in pairs}


def _of_debian(named: str, platform: Platform, workshop: Workshop) -> Foundation:
    from funcs_builder.debian import DebianBases

    recipe = _recipe(named, workshop)
    bases = DebianBases(workshop.folder("debian"), workshop.environ)
    made = bases.base(recipe, platform.architecture, refresh=workshop.refresh)
    compiler = Compiler.from_environ(workshop.folder("pyc"), recipe.python, workshop.environ)
    detail = f"Python {recipe.python}, {len(made.packages)} Debian packages"
    key = f"debian {_FORMAT} {made.digest}"
    layers = (
        LayerPlan("base", Deferred(key, made.entries), detail=detail),
        *bytecode_layer("bytecode of Python", compiler, made.digest, made.entries),
    )
    return Foundation(
        SCRATCH,
        Base(Image.scratch(platform)),
        recipe.name,
        f"sha256:{made.digest}",
        recipe.python,
        recipe.scheme,
        {"PATH": recipe.path},
        layers,
        made,
    )


def _recipe(named: str, workshop: Workshop) -> Recipe:
    """The recipe for the Python that is named; where none is, this machine's, or what there is."""
    from funcs_builder import recipe

    try:
        return recipe.Recipe.for_python(named or own_python(), workshop.cache)
    except BuildError:
        if named:
            raise
        return recipe.Recipe.for_python(_SCRATCH_PYTHON, workshop.cache)
