"""What is left to a person once function.yaml is written, or before it can be."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from funcs.adopt.code import Code
from funcs.adopt.entry import Choice
from funcs.adopt.finds import Finds
from funcs.errors import LoadError
from funcs.manifest import Manifest

_LISTS = {"cog.yaml": ("build", "python_packages"), "bentofile.yaml": ("python", "packages")}


def advice(finds: Finds, choice: Choice | None) -> Iterator[str]:
    """Sentences, what matters most first."""
    yield from _code(finds, choice)
    if choice is None:
        yield from _notebooks(finds)
        yield from _layouts(finds)
        yield "then run funcs init again"
        return
    if choice.others:
        yield f"this one is served; another is chosen by {', or '.join(choice.others)}"
    yield from _variables(finds)
    yield from _packages(finds)
    yield from _models(finds)
    if not finds.is_whole:
        yield "there are more files than were looked at: name the code's, as in funcs init main.py"


def _code(finds: Finds, choice: Choice | None) -> Iterator[str]:
    for code in finds.codes:
        if code.problem:
            yield f"{code.path}: {code.problem}"
        elif not code.module and _has_entry(code):
            near = "".join(char if char.isidentifier() else "_" for char in Path(code.path).stem)
            yield f"{code.path} cannot be imported by that name: call it {near}.py"
        if choice is None:
            for kind, find in code.foreign:
                yield f"{find.name} ({find.where}), {kind.what}: {kind.advice}"


def _has_entry(code: Code) -> bool:
    return bool(code.handlers or code.graphs or code.models)


def _notebooks(finds: Finds) -> Iterator[str]:
    for notebook in finds.notebooks:
        if notebook.problem:
            yield f"{notebook.path}: {notebook.problem}"
            continue
        wanted = [name for name in ("handler", "graph") if name in notebook.names]
        has = f" has a {wanted[0]}" if wanted else ""
        yield (
            f"{notebook.path}{has}: put what is to be served into main.py "
            f"(jupyter nbconvert --to script {notebook.path} --output main)"
        )


def _layouts(finds: Finds) -> Iterator[str]:
    for kind, path in finds.layouts:
        folder = str(PurePosixPath(path).parent)
        yield f"{path}, {kind.what}: {kind.advice.format(folder=folder)}"
    known = finds.layouts or any(code.foreign for code in finds.codes)
    if finds.models and not known:
        first = finds.models[0].path
        yield f"write a funcs.Model that loads {first}: self.artifact({first!r}) is its path"
    elif not (known or finds.notebooks or any(map(_has_entry, finds.codes))):
        yield "write main.py with def handler(context, event), or with a subclass of funcs.Model"


def _variables(finds: Finds) -> Iterator[str]:
    for code in finds.codes:
        for find in code.variables:
            yield f"{find.name} is read from the environment ({find.where}): name it in spec.env"


def _packages(finds: Finds) -> Iterator[str]:
    """requirements.txt is what a build reads; what other files list is to be written there."""
    if "requirements.txt" in finds.packages:
        return
    for name in finds.packages:
        listed = _listed(finds.folder / name)
        if listed:
            yield f"write into requirements.txt what {name} lists: {', '.join(listed)}"
        elif listed is None:
            yield f"write into requirements.txt what {name} lists"


def _listed(file: Path) -> list[str] | None:
    """The packages that a file lists; None where that is not known without running it."""
    try:
        if file.name == "pyproject.toml":
            found: Any = tomllib.loads(file.read_text("utf-8"))
            path: tuple[str, ...] = ("project", "dependencies")
        elif file.name in _LISTS:
            found, path = yaml.safe_load(file.read_text("utf-8")), _LISTS[file.name]
        else:
            return None
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return None
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return [str(item) for item in found] if isinstance(found, list) else []


def _models(finds: Finds) -> Iterator[str]:
    try:
        known = set(Manifest.read(finds.folder).artifacts)
    except LoadError as error:
        yield error.sentence()
        return
    loose = [file.path for file in finds.models if file.path not in known]
    if loose:
        few = ", ".join(loose[:3]) + (" and others" if len(loose) > 3 else "")
        yield f"models.json does not name {few}: funcs.save_model writes it, and loading checks it"
