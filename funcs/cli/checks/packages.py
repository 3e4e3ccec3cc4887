"""Whether the packages that a function imports, and those it lists, are installed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from funcs.cli.checks.distributions import distribution_of
from funcs.cli.checks.finding import Check, Finding
from funcs.cli.checks.imports import Import, imports_of
from funcs.cli.checks.requirements import FILE, Wanted, read_requirements

#: What an image of ours has without being asked.
_IN_EVERY_IMAGE = (
    "funcs-serving", "nuclio-sdk", "msgpack", "httptools", "pyyaml", "cronsim",
)  # fmt: skip


def check_packages(folder: Path, modules: Iterable[str]) -> Check:
    """Every import of the ``modules`` and what they reach, and every line of requirements.txt."""
    imports = [each for module in modules for each in imports_of(folder, module)]
    wanted, wrong = read_requirements(folder / FILE)
    failures = [*_missing(imports), *wrong]
    told = {distribution_of(each.package) for each in imports if not _is_there(each.package)}
    failures += _unmet(wanted, told)
    names = sorted({distribution_of(each.package) for each in imports} - {"funcs-serving"})
    said = f"{', '.join(names)} installed" if names else "nothing to install"
    return Check("packages", said, tuple(failures), tuple(_unlisted(imports, wanted)))


def has_required(folder: Path) -> bool:
    """Whether this environment meets the folder's requirements.txt."""
    wanted, _ = read_requirements(folder / FILE)
    return next(_unmet(wanted, set()), None) is None


def _missing(imports: list[Import]) -> Iterator[Finding]:
    """The first import of each package that is not there."""
    first = {each.package: each for each in reversed(imports)}
    for each in imports:
        if first[each.package] is each and not _is_there(each.package):
            name = distribution_of(each.package)
            yield Finding(
                f"{each.package!r} is imported and not installed",
                f"{each.file}:{each.line}",
                f"pip install {name}, and name it in {FILE}",
            )


def _unmet(wanted: list[Wanted], told: set[str]) -> Iterator[Finding]:
    """The requirements that this environment does not meet; ``told`` of some it is known."""
    for each in wanted:
        name = canonicalize_name(each.requirement.name)
        fix = f"pip install {_quoted(each.requirement)}"
        if name == "funcs":
            what = "the package 'funcs' of the index is a stranger's; ours is 'funcs-serving'"
            yield Finding(what, each.where, "write funcs-serving, or remove the line")
            continue
        version = _version(name)
        if version is None:
            if name not in map(canonicalize_name, told):
                yield Finding(f"{each.requirement.name!r} is not installed", each.where, fix)
        elif not each.requirement.specifier.contains(version, prereleases=True):
            what = f"{name} {version} is installed, {FILE} wants {each.requirement.specifier}"
            yield Finding(what, each.where, fix)


def _unlisted(imports: list[Import], wanted: list[Wanted]) -> Iterator[Finding]:
    """Packages that are here by chance: nothing that is listed brings them along."""
    covered = _closure(
        [*_IN_EVERY_IMAGE, *(each.requirement.name for each in wanted)],
    )
    told: set[str] = set()
    for each in imports:
        name = distribution_of(each.package)
        if not _is_there(each.package) or canonicalize_name(name) in covered | told:
            continue
        told.add(canonicalize_name(name))
        what = f"{each.package!r} is installed here, but an image would lack it"
        yield Finding(what, f"{each.file}:{each.line}", f"name {name} in {FILE}")


def _closure(names: Iterable[str]) -> set[str]:
    """The packages and all that they bring along, as far as they are installed."""
    covered, waiting = set[str](), [canonicalize_name(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name in covered:
            continue
        covered.add(name)
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        if name != "funcs-serving":  # an image gets ours without what the command line needs
            waiting += [
                canonicalize_name(need.name)
                for need in map(Requirement, needs)
                if need.marker is None or need.marker.evaluate({"extra": ""})
            ]
    return covered


def _is_there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError, AttributeError):  # half a module in sys.modules
        return True


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _quoted(requirement: Requirement) -> str:
    text = str(requirement).partition(";")[0].strip()
    return f"'{text}'" if text != requirement.name else text
