"""What `funcs init` will do, as data: the text of function.yaml, and what is left to the person."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from funcs.adopt.advice import advice
from funcs.adopt.entry import AdoptError, Choice, asked_for, choose
from funcs.adopt.finds import Finds
from funcs.adopt.inventory import Row, inventory
from funcs.spec.inline import inline_yaml
from funcs.spec.name import is_portable, nearest_name, what_is_wrong
from funcs.spec.reader import read_function

FILE = "function.yaml"
_HEAD = """apiVersion: nuclio.io/v1
kind: NuclioFunction
metadata:
  name: {name}
spec:
"""
_GRAPH = """  handler: function:handler   # funcs' own, which serves what is named below
  runtime: {runtime}
  runtimeAttributes:
    funcs:
      graph: {graph}
"""
_HANDLER = """  handler: {handler}
  runtime: {runtime}
"""
_TAIL = """  triggers:
    http:
      kind: http
      numWorkers: 1
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for; what is empty is found out."""

    handler: str = ""
    graph: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Adoption:
    """``text`` is that of ``file``, empty where nothing in the folder can be served yet.

    ``found`` are the lines of what is there, ``to_do`` sentences of what is left to do.
    """

    file: Path
    text: str
    found: tuple[Row, ...]
    to_do: tuple[str, ...]

    @classmethod
    def of(cls, path: Path, wish: Wish) -> Adoption:
        """For a folder, or for one Python file in it.

        Raises:
            AdoptError: there is no such place, it is a function already, holds nothing, or more
                than one thing that could be served and the wish does not say which.
            SpecError: the file is not Python.
        """
        is_file = path.suffix == ".py" and not path.is_dir()
        folder, only = (path.parent, path.name) if is_file else (path, "")
        _refuse_function(path, folder)
        finds = Finds.of(folder, only=only)
        choice = _choice(finds, wish)
        found = tuple(inventory(finds, choice))
        if not found:
            fix = "start with a template: funcs new NAME"
            raise AdoptError(f"nothing in {str(folder)!r} could be served", fix=fix)
        text = _text(choice, _name(folder, wish)) if choice is not None else ""
        return cls(folder / FILE, text, found, tuple(advice(finds, choice)))

    def write(self) -> None:
        """Write function.yaml; what is there is never replaced.

        Raises:
            AdoptError: there is one by now, or the folder cannot be written.
        """
        try:
            _write_new(self.file, self.text)
        except FileExistsError:
            raise _there(self.file) from None
        except OSError as error:
            what = f"{FILE} cannot be written: {error.strerror}"
            raise AdoptError(what, where=str(self.file)) from error


def _write_new(file: Path, text: str) -> None:
    """Write a file that is not there yet, whole or not at all.

    Raises:
        FileExistsError: it is there by now, and stays.
        OSError: it cannot be written.
    """
    with file.open("x", encoding="utf-8") as stream:
        try:
            stream.write(text)
            stream.flush()
        except OSError:
            file.unlink()
            raise


def _choice(finds: Finds, wish: Wish) -> Choice | None:
    if wish.handler or wish.graph:
        return asked_for(finds, handler=wish.handler, graph=wish.graph)
    return choose(finds)


def _refuse_function(path: Path, folder: Path) -> None:
    if not path.exists():
        fix = "go to the folder, or name it; a new one is made by: funcs new NAME"
        raise AdoptError(f"there is no folder {str(path)!r}", fix=fix)
    if path == folder and not folder.is_dir():
        fix = "name a folder, or a Python file"
        raise AdoptError(f"{str(path)!r} is no folder", fix=fix)
    if (folder / FILE).exists() or (folder / FILE).is_symlink():
        raise _there(folder / FILE)
    if (folder / "function.yml").exists():
        what, where = "there is a function.yml, which Nuclio does not read", str(folder)
        raise AdoptError(what, where=where, fix=f"rename it to {FILE}")
    for file in (path, folder / "main.py"):
        if file.suffix == ".py" and inline_yaml(file) is not None:
            what = f"{file.name} has its function.yaml in its comments already"
            raise AdoptError(what, where=str(file), fix="look at it with: funcs check")


def _there(file: Path) -> AdoptError:
    what = f"the folder is a function already: it has a {FILE}, which stays as it is"
    return AdoptError(what, where=str(file), fix="look at it with: funcs check")


def _name(folder: Path, wish: Wish) -> str:
    """The function's name: as asked for, else the folder's, made portable.

    Raises:
        AdoptError: Kubernetes would refuse the one asked for.
    """
    if wish.name and not is_portable(wish.name):
        what = what_is_wrong(wish.name) or f"Kubernetes takes no such name: {wish.name!r}"
        raise AdoptError(what, fix=f"--name {nearest_name(wish.name)}")
    return wish.name or nearest_name(folder.resolve().name)


def _text(choice: Choice, name: str) -> str:
    """The file's text, which our own reader takes.

    Raises:
        InvalidSpecError: it does not, because a name on the command line has a form none can have.
    """
    runtime = f"python:{sys.version_info.major}.{sys.version_info.minor}"
    entry = choice.entry
    body = _GRAPH if entry.graph else _HANDLER
    middle = body.format(handler=entry.handler, graph=entry.graph, runtime=runtime)
    text = _HEAD.format(name=json.dumps(name)) + middle + _TAIL
    read_function(text, FILE)
    return text
