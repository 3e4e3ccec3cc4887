"""Reads a function.yaml: a file that is valid, or every problem that it has.

What cannot be parsed is reported and cut out, and the rest is looked at again, so that a wrong
type in one key never hides a broken rule in another.
"""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from funcs.errors import SpecError
from funcs.settings import Settings
from funcs.spec.attributes import ATTRIBUTES
from funcs.spec.body import FunctionYaml
from funcs.spec.explain import explain, known_keys
from funcs.spec.inline import Text
from funcs.spec.overlay import Layer, Overlay
from funcs.spec.part import Part
from funcs.spec.problem import InvalidSpecError, KeyPath, Problem, shown, spell
from funcs.spec.rules import RULES

P = TypeVar("P", bound=Part)

#: A trigger's attributes are free in Nuclio: only what is this near to a known key is a mistake.
_NEAR_MISS = 0.8
_SETTINGS = ("spec", "runtimeAttributes", "funcs")


def read_function(text: str, file: str, *, under: Text | None = None) -> FunctionYaml:
    """The function.yaml in ``text``; ``file`` is what errors call it.

    ``under`` is one that is merged under it: the comment of the handler's file.

    Raises:
        InvalidSpecError: the file is not valid; it holds every problem, in the order of lines.
    """
    top, below = Layer.of(Text(text, file)), Layer.of(under)
    found = [*top.problems(), *below.problems()]
    parsed = FunctionYaml()
    if isinstance(top.document.value, dict):
        whole = Overlay.of(top, below)
        problems, parsed = _validate(whole.value, whole.texts)
        found += [(*whole.place(each.path), each) for each in problems]
    if found:
        ordered = sorted(found, key=lambda each: (each[0] != file, each[1]))
        raise InvalidSpecError([_error(problem, line, name) for name, line, problem in ordered])
    return parsed


def _error(problem: Problem, line: int, file: str) -> SpecError:
    place = f"{file}:{line}" if line else file
    key = spell(problem.path)
    return SpecError(problem.what, where=f"{place}  {key}" if key else place, fix=problem.fix)


def _validate(
    value: dict[str, Any], texts: Mapping[KeyPath, str]
) -> tuple[list[Problem], FunctionYaml]:
    found, file = _parse(FunctionYaml, value, texts)
    found.extend(_in_attributes(file, texts))
    found.extend(_in_settings(file))
    broken = {problem.path for problem in found}
    for rule in RULES:
        found.extend(
            problem
            for problem in rule(file)
            if broken.isdisjoint((problem.path, *problem.also))  # else it is an echo
        )
    return found, file


def _parse(
    model: type[P], value: dict[str, Any], texts: Mapping[KeyPath, str], at: KeyPath = ()
) -> tuple[list[Problem], P]:
    """What is wrong with ``value``, and the model of all that is right."""
    found: list[Problem] = []
    rest = copy.deepcopy(value)
    while True:
        try:
            return found, model.model_validate(rest)
        except ValidationError as error:
            cuts, mended = [], False
            for detail in error.errors(include_url=False):
                problem = explain(detail, model, texts, at)
                path = problem.path[len(at) :]
                if _mend(rest, path, detail["type"], texts.get(problem.path)):
                    mended = True
                    continue
                found.append(problem)
                cuts.append(path[:-1] if detail["type"] == "missing" else path)
            if not _cut(rest, cuts) and not mended:
                return found, model.model_construct()


def _mend(root: Any, path: KeyPath, kind: str, text: str | None) -> bool:
    """Make a number or flag the text that Nuclio makes of it, where it reads as written.

    ``1`` becomes ``'1'``; ``1.10``, ``0x10`` and ``on`` would become something else.
    """
    if kind != "string_type" or text is None:
        return False
    try:
        place = _step(root, path[:-1])
        value = place[path[-1]]
    except (LookupError, TypeError):
        return False
    spelled = str(value).lower() if isinstance(value, bool) else str(value)
    if spelled != text:
        return False
    place[path[-1]] = text
    return True


def _cut(root: Any, paths: list[KeyPath]) -> bool:
    """Remove the values under the paths, the last of a list first; whether there was one."""
    has_cut = False
    for path in sorted(paths, key=lambda path: [(str(type(part)), part) for part in path])[::-1]:
        with contextlib.suppress(LookupError, TypeError):
            del _step(root, path[:-1])[path[-1]]
            has_cut = True
    return has_cut


def _step(root: Any, path: KeyPath) -> Any:
    for part in path:
        root = root[part]
    return root


def _in_attributes(file: FunctionYaml, texts: Mapping[KeyPath, str]) -> Iterator[Problem]:
    """What is wrong with the attributes of the triggers whose kind is known."""
    from difflib import get_close_matches  # a rival of difflib is not worth its import

    for key, trigger in file.spec.triggers.items():
        model = ATTRIBUTES.get(trigger.kind)
        if model is None:
            continue
        path = ("spec", "triggers", key, "attributes")
        yield from _parse(model, trigger.attributes, texts, path)[0]
        known = known_keys(model)
        for name in trigger.attributes:
            if name not in known and (near := get_close_matches(name, known, 1, _NEAR_MISS)):
                yield Problem(f"unknown key {name!r}", (*path, name), f"did you mean {near[0]!r}?")


def _in_settings(file: FunctionYaml) -> Iterator[Problem]:
    """What is wrong with funcs' own settings, each key for itself."""
    own = file.spec.runtime_attributes.get("funcs")
    if own is None:
        return
    if not isinstance(own, dict):
        yield Problem(
            f"expected a map, got {shown(own)}", _SETTINGS, "e.g. funcs: {graph: main:graph}"
        )
        return
    for key, value in own.items():
        try:
            Settings.from_environ({"FUNCS_CONFIG": json.dumps({key: value})})
        except SpecError as error:
            yield Problem(error.what, (*_SETTINGS, key), error.fix)
    graph = own.get("graph")
    if isinstance(graph, str) and graph and not _is_reference(graph):
        what = f"the graph {shown(graph)} is not of the form 'module:attribute'"
        yield Problem(what, (*_SETTINGS, "graph"), "e.g. 'main:graph'")


def _is_reference(text: str) -> bool:
    module, _, attribute = text.partition(":")
    return all(word.isidentifier() for word in (*module.split("."), *attribute.split(".")))
