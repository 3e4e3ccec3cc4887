"""From a function and what is wanted of its image to plans, one for each platform."""

from __future__ import annotations

from collections.abc import Callable

from funcs.packaging.facts import FunctionFacts
from funcs.packaging.foundation import Foundation, found_foundation
from funcs.packaging.inputs import Inputs
from funcs.packaging.packager import PackedFunction, Stamp, packed_function
from funcs.packaging.packages import Packages
from funcs.packaging.source import FunctionSource
from funcs.packaging.syntax import judged
from funcs.packaging.workshop import Workshop
from funcs.record import Record
from funcs_builder.errors import BuildError
from funcs_builder.platforms import LINUX_AMD64, Platform
from funcs_builder.target import Target


class Wanted(Record):
    """What is wanted of an image beside the function: empty fields are the function's to say.

    ``runs_steps``: an engine builds it, so that what this machine cannot install is not refused.
    """

    base: str = ""
    platforms: tuple[Platform, ...] = (LINUX_AMD64,)
    stamp: Stamp = Stamp()
    runs_steps: bool = False


def plans(
    function: FunctionFacts, wanted: Wanted, workshop: Workshop, inputs: Inputs | None = None
) -> tuple[PackedFunction, ...]:
    """The plans for the function in a folder; ``inputs`` are its files, where they are known.

    Raises:
        FuncsError: the function cannot be packed.
        BuildError: its base or its packages cannot be had.
    """
    files = inputs or Inputs(function, workshop.cache)

    def source(python: str) -> FunctionSource:
        notes = judged(function, files, python, workshop)  # reads them: later they are newer
        return FunctionSource.of_folder(function, python, files)._replace(notes=notes)

    return _planned(function, wanted, workshop, source)


def plans_of(
    source: FunctionSource, wanted: Wanted, workshop: Workshop
) -> tuple[PackedFunction, ...]:
    """The plans for a function that is no folder: `FunctionSource.of_object`.

    Raises:
        SpecError: the base has another Python than this one.
        BuildError: its base or its packages cannot be had.
    """
    return _planned(source.function, wanted, workshop, lambda _: source)


def _planned(
    function: FunctionFacts,
    wanted: Wanted,
    workshop: Workshop,
    source: Callable[[str], FunctionSource],
) -> tuple[PackedFunction, ...]:
    found = []
    for platform in wanted.platforms:
        Target("3.11", str(platform))  # refuses a platform without wheels before anything is asked
        foundation = found_foundation(function, platform, workshop, wanted.base)
        found.append(_packed(source(foundation.python), foundation, platform, wanted, workshop))
    return tuple(found)


def _packed(
    source: FunctionSource,
    foundation: Foundation,
    platform: Platform,
    wanted: Wanted,
    workshop: Workshop,
) -> PackedFunction:
    try:
        packages = Packages.of(source, foundation, str(platform), workshop)
    except BuildError as error:
        if not (wanted.runs_steps and (source.files or source.lines)):
            raise
        source = source.installed_in_image(error.what)
        packages = Packages.of(source, foundation, str(platform), workshop)
    return packed_function(source, foundation, packages, platform, wanted.stamp, workshop.cache)
