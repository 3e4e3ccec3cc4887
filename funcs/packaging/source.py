"""What a function brings to its image: code, models, and what they ask to have installed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from funcs._data import data_folder
from funcs.errors import FuncsError
from funcs.packaging.builds import built_files
from funcs.packaging.folder import CODE, SECRET, LeftOut, folder_contents
from funcs.packaging.models import PackedModels, packed_models
from funcs.packaging.steps import BuildSteps
from funcs.spec.function import GRAPH_HANDLER, FunctionSpec
from funcs_builder.entry import Entry, FileContent

_REQUIREMENTS = "requirements.txt"
_FUNCTION_YAML = "function.yaml"
_ENTRY = "function.py"


@dataclass(frozen=True)
class FunctionSource:
    """``spec`` and the files of a function; ``steps`` are what its ``spec.build`` asks for.

    ``files`` and ``lines`` are its requirements, ``left_out`` what of its folder stays behind.
    """

    spec: FunctionSpec
    code: tuple[Entry, ...]
    models: PackedModels
    steps: BuildSteps
    files: tuple[Path, ...] = ()
    lines: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """The paths of files that were taken for secrets, and stay behind."""
        return tuple(item.path for item in self.left_out if item.reason == SECRET)

    @classmethod
    def of_folder(cls, spec: FunctionSpec, python: str) -> FunctionSource:
        """The function in ``spec.folder``, for an image with Python ``python``.

        Raises:
            LoadError: a model is missing, or is not what models.json says.
            FuncsError: a file cannot be read, or is in the way.
        """
        models = packed_models(spec, python=python)
        contents = folder_contents(spec.folder, without=models.paths | built_files(spec.folder))
        steps = BuildSteps.of(spec.spec.build)
        code = {entry.path: entry for entry in contents.entries}
        for entry in _added(spec, models):
            if entry.path in code and entry.path.endswith(f"/{_ENTRY}"):
                what = f"the function has a graph, and a {_ENTRY}, which is the name of its entry"
                where = str(spec.folder / _ENTRY)
                raise FuncsError(what, where=where, fix="give that file another name")
            code[entry.path] = entry
        files = [spec.folder / name for name in dict.fromkeys([_REQUIREMENTS, *steps.files])]
        given = tuple(file for file in files if file.name != _REQUIREMENTS or file.is_file())
        ordered = tuple(code[path] for path in sorted(code))
        return cls(spec, ordered, models, steps, given, steps.lines, contents.left_out)


def _added(spec: FunctionSpec, models: PackedModels) -> Iterable[Entry]:
    """What is no file of the folder: models.json, function.yaml, the entry of a graph."""
    manifest = models.manifest_entry()
    if manifest is not None:
        yield manifest
    path = f"{CODE}/{_FUNCTION_YAML}"
    if spec.file is None or spec.file.suffix == ".py":
        yield Entry.text(path, _written(spec))
    elif spec.file.name != _FUNCTION_YAML:
        yield Entry(path, FileContent.of(spec.file))
    if spec.handler.partition(":")[0] == GRAPH_HANDLER.partition(":")[0] and spec.is_graph:
        file = data_folder("handlers") / "serving" / _ENTRY
        yield Entry(f"{CODE}/{_ENTRY}", FileContent.of(file))


def _written(spec: FunctionSpec) -> str:
    """A function.yaml for a function that has none."""
    import yaml

    processor = spec.processor_yaml()
    kept = ("handler", "runtime", "runtimeAttributes", "triggers", "env")
    body = {key: processor["spec"][key] for key in kept if key in processor["spec"]}
    value = {
        "apiVersion": "nuclio.io/v1",
        "kind": "NuclioFunction",
        "metadata": {"name": spec.name},
        "spec": body,
    }
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
    return text
