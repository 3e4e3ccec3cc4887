"""Which of the things found events enter by; where several could be, it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from funcs.adopt.code import Code, Find
from funcs.adopt.finds import Finds
from funcs.errors import FuncsError
from funcs.loader import split_reference
from funcs.spec.entry import Entry
from funcs.spec.source import Source
from funcs.suggest import did_you_mean


class AdoptError(FuncsError):
    """A folder cannot become a function as it is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, whether it is a model class, and what else could have been."""

    entry: Entry
    find: Find
    is_model: bool = False
    others: tuple[str, ...] = ()


def choose(finds: Finds) -> Choice | None:
    """The handler or graph of the folder; None where nothing could be one.

    main.py comes first, as everywhere; then what is called ``handler`` or ``graph``, then what
    looks like one, then a model class. Two of the same rank are asked about.

    Raises:
        AdoptError: there are several; it names the options that choose.
    """
    handlers = [find for code in finds.codes for find in code.handlers if code.module]
    graphs = [find for code in finds.codes for find in code.graphs if code.module]
    models = [find for code in finds.codes for find in code.models if code.module]
    ranks: tuple[list[Find], ...] = (
        _named(handlers, "main:handler"),
        _named(graphs, "main:graph"),
        _ending(handlers, ":handler"),
        _ending(graphs, ":graph"),
        [*handlers, *graphs],
        models,
    )
    for rank in ranks:
        if len(rank) > 1:
            raise _several(rank, graphs=[*graphs, *models])
        if rank:
            rest = [each for each in (*handlers, *graphs) if each.name != rank[0].name]
            others = tuple(_option(each, [*graphs, *models]) for each in rest)
            is_graph = rank[0] in graphs or rank[0] in models
            entry = Entry("", rank[0].name) if is_graph else Entry(rank[0].name, "")
            return Choice(entry, rank[0], rank[0] in models, others)
    return None


def asked_for(finds: Finds, *, handler: str = "", graph: str = "") -> Choice:
    """What the command line names.

    Raises:
        AdoptError: there is no such file in the folder, or no such name in it.
    """
    asked = handler or graph
    module, attribute = split_reference(asked)
    name = f"{module}:{attribute}"
    path = finds.folder / (module.replace(".", "/") + ".py")
    if not path.is_file():
        known = [code.module for code in finds.codes if code.module]
        fix = did_you_mean(module, known, noun="modules")
        raise AdoptError(f"there is no {path.name} for {asked!r}", fix=fix)
    names = Source.read(path).names
    if attribute not in names:
        fix = did_you_mean(attribute, sorted(names), noun="names")
        raise AdoptError(f"{path.name} has no {attribute!r}", where=str(path), fix=fix)
    found = [find for code in finds.codes for find in _all(code) if find.name == name]
    find = found[0] if found else Find(name, path.relative_to(finds.folder).as_posix())
    entry = Entry(name, "") if handler else Entry("", name)
    return Choice(entry, find, any(find in code.models for code in finds.codes))


def _all(code: Code) -> Iterable[Find]:
    return (*code.handlers, *code.graphs, *code.models)


def _named(finds: Sequence[Find], name: str) -> list[Find]:
    return [find for find in finds if find.name == name]


def _ending(finds: Sequence[Find], name: str) -> list[Find]:
    return [find for find in finds if find.name.endswith(name)]


def _option(find: Find, graphs: Sequence[Find]) -> str:
    return f"--{'graph' if find in graphs else 'handler'} {find.name}"


def _several(finds: Sequence[Find], *, graphs: Sequence[Find]) -> AdoptError:
    places = ", ".join(f"{find.name} ({find.where})" for find in finds)
    options = " or ".join(_option(find, graphs) for find in finds)
    return AdoptError(f"several things could be served: {places}", fix=f"choose one: {options}")
