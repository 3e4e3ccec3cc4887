"""What a function brings to its image: code, models, and what they ask to have installed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from funcs._data import data_folder
from funcs.errors import FuncsError
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.folder import CODE, SECRET, LeftOut
from funcs.packaging.inputs import Inputs
from funcs.packaging.models import PackedModels, packed_models
from funcs.record import Record
from funcs_builder.entry import Entry, FileContent

_REQUIREMENTS = "requirements.txt"
_FUNCTION_YAML = "function.yaml"
_ENTRY = "function.py"
_PIP = ("python3", "-m", "pip", "install", "--no-cache-dir", "--disable-pip-version-check")


class FunctionSource(Record):
    """A ``function`` and its files.

    ``files`` and ``lines`` are its requirements, ``left_out`` what of its folder stays behind,
    ``notes`` what a person should know of them.
    """

    function: FunctionFacts
    code: tuple[Entry, ...]
    models: PackedModels
    files: tuple[Path, ...] = ()
    lines: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """The paths of files that were taken for secrets, and stay behind."""
        return tuple(item.path for item in self.left_out if item.reason == SECRET)

    def installed_in_image(self, reason: str) -> FunctionSource:
        """The same, its packages left to pip in the image: ``reason`` is why none are here."""
        folder = self.function.folder
        files = [f"-r/{CODE}/{file.relative_to(folder).as_posix()}" for file in self.files]
        line = [*_PIP, *files, *self.lines]
        steps = self.function.steps
        # paths in a requirements.txt are relative to where pip runs
        after = (f"WORKDIR /{CODE}", f"RUN {json.dumps(line)}", *steps.after)
        notes = (*steps.notes, f"packages are installed in the image, by pip: {reason}")
        function = self.function._replace(steps=steps._replace(after=after, notes=notes))
        return self._replace(function=function, files=(), lines=())

    @classmethod
    def of_folder(cls, function: FunctionFacts, python: str, inputs: Inputs) -> FunctionSource:
        """The function in its folder, of which ``inputs`` are listed, for Python ``python``.

        Raises:
            LoadError: a model is missing, or is not what models.json says.
            FuncsError: a file cannot be read, or is in the way.
        """
        folder = function.folder
        models = packed_models(function, python=python)
        contents = inputs.contents
        _refuse_left_out(function, contents.left_out)
        code = {entry.path: entry for entry in contents.entries}
        for entry in added_entries(function, models):
            if entry.path in code and entry.path.endswith(f"/{_ENTRY}"):
                what = f"the function has a graph, and a {_ENTRY}, which is the name of its entry"
                where = str(folder / _ENTRY)
                raise FuncsError(what, where=where, fix="give that file another name")
            code[entry.path] = entry
        steps = function.steps
        files = [folder / name for name in dict.fromkeys([_REQUIREMENTS, *steps.files])]
        given = tuple(file for file in files if file.name != _REQUIREMENTS or file.is_file())
        ordered = tuple(code[path] for path in sorted(code))
        return cls(function, ordered, models, given, steps.lines, contents.left_out)


def _refuse_left_out(function: FunctionFacts, left_out: Iterable[LeftOut]) -> None:
    """Refuse a function whose own module stays behind."""
    module = (function.graph or function.handler).partition(":")[0]
    file = f"{module.replace('.', '/')}.py"
    for item in left_out:
        if item.path in (file, file.partition("/")[0]):
            what = f"{file} has what the function serves, and stays behind"
            fix = f"take it out of {item.reason}"
            raise FuncsError(what, where=str(function.folder / item.path), fix=fix)


def added_entries(function: FunctionFacts, models: PackedModels) -> Iterable[Entry]:
    """What is no file of the folder: models.json, function.yaml, the entry of a graph."""
    manifest = models.manifest_entry()
    if manifest is not None:
        yield manifest
    path = f"{CODE}/{_FUNCTION_YAML}"
    if not function.file:
        yield Entry.text(path, function.function_yaml)
    elif Path(function.file).name != _FUNCTION_YAML:
        yield Entry(path, FileContent.of(Path(function.file)))
    if function.graph and function.handler.partition(":")[0] == Path(_ENTRY).stem:
        file = data_folder("handlers") / "serving" / _ENTRY
        yield Entry(f"{CODE}/{_ENTRY}", FileContent.of(file))
