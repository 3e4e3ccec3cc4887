"""One function: its folder, its function.yaml if it has one, and what follows from both."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from funcs.errors import SpecError
from funcs.settings import Settings
from funcs.spec.body import FunctionYaml, Metadata, Spec
from funcs.spec.entry import Entry, find_entry
from funcs.spec.inline import Text, inline_yaml
from funcs.spec.name import nearest_name
from funcs.spec.notices import notices
from funcs.spec.processor import processor_config
from funcs.spec.reader import read_function

#: The handler of handlers/serving, which hosts a graph.
GRAPH_HANDLER = "function:handler"
_HANDLER_LINE = re.compile(r"^ +handler: *[\"']?([\w.]+):\w+", re.MULTILINE)


@dataclass(frozen=True)
class FunctionSpec:
    """A function that is known to be valid; made by ``from_yaml``, ``from_folder`` or ``of``.

    ``file`` is its function.yaml, None where main.py alone says it all.
    ``notices`` are sentences a person should read once: what was assumed, what is old.
    """

    folder: Path
    file: Path | None
    name: str
    handler: str
    settings: Settings
    yaml: FunctionYaml
    notices: tuple[str, ...] = ()

    @classmethod
    def of(cls, path: Path) -> FunctionSpec:
        """The function at ``path``: its folder, its function.yaml, or its Python file.

        Raises:
            InvalidSpecError: function.yaml is not valid; it holds every problem.
            SpecError: there is no function.
        """
        if path.suffix == ".py" and path.is_file():
            return cls._without_yaml(path.parent, path.stem)
        if path.is_file():
            return cls.from_yaml(path)
        return cls.from_folder(path)

    @classmethod
    def from_folder(cls, folder: Path) -> FunctionSpec:
        """The function in ``folder``: by its function.yaml, else by its main.py.

        Raises:
            InvalidSpecError: function.yaml is not valid; it holds every problem.
            SpecError: there is no function.
        """
        if not folder.is_dir():
            fix = "go to the function's folder, or name it"
            raise SpecError(f"there is no folder {str(folder)!r}", fix=fix)
        if (folder / "function.yaml").is_file():
            return cls.from_yaml(folder / "function.yaml")
        if (folder / "function.yml").is_file():
            fix = "rename it to function.yaml"
            raise SpecError("Nuclio does not read 'function.yml'", where=str(folder), fix=fix)
        return cls._without_yaml(folder, "main")

    @classmethod
    def from_yaml(cls, path: Path) -> FunctionSpec:
        """The function that the function.yaml at ``path`` describes.

        Raises:
            InvalidSpecError: it is not valid; it holds every problem, each with its line.
            SpecError: it cannot be read, or names no handler and there is none to be found.
        """
        text = _read(path)
        yaml = read_function(text, str(path), under=_inline(path.parent, text))
        return cls._resolved(path.parent, path, yaml)

    @classmethod
    def _without_yaml(cls, folder: Path, module: str) -> FunctionSpec:
        inline = inline_yaml(folder / f"{module}.py")
        yaml = read_function(inline.text, inline.file) if inline is not None else FunctionYaml()
        entry = None if yaml.spec.handler else find_entry(folder, module)
        if entry is None and inline is None:
            fix = f"write {module}.py with a 'handler' or a 'graph', or start with: funcs new NAME"
            what = f"no function in {str(folder)!r}: neither function.yaml nor {module}.py is there"
            raise SpecError(what, fix=fix)
        file = Path(inline.file) if inline is not None else None
        return cls._resolved(folder, file, yaml, entry)

    @classmethod
    def _resolved(
        cls, folder: Path, file: Path | None, yaml: FunctionYaml, entry: Entry | None = None
    ) -> FunctionSpec:
        settings = _settings(yaml.spec)
        handler = yaml.spec.handler or (GRAPH_HANDLER if settings.graph else "")
        if not handler:
            entry = entry or _entry(folder, file, yaml.spec)
            settings = replace(settings, graph=entry.graph)
            handler = entry.handler or GRAPH_HANDLER
        name = yaml.metadata.name or nearest_name(folder.resolve().name)
        said = notices(yaml, file, name, entry)
        return cls(folder, file, name, handler, settings, yaml, tuple(said))

    @property
    def metadata(self) -> Metadata:
        """``metadata`` as the file has it."""
        return self.yaml.metadata

    @property
    def spec(self) -> Spec:
        """``spec`` as the file has it."""
        return self.yaml.spec

    @property
    def is_graph(self) -> bool:
        """Whether funcs' own handler hosts a graph, instead of the user's handler."""
        return bool(self.settings.graph)

    def processor_yaml(self) -> dict[str, Any]:
        """The processor.yaml that Nuclio's dashboard writes for this function, as plain values."""
        return processor_config(self.yaml, self.name, self.handler, self.settings)

    def to_processor_yaml(self) -> str:
        """The text of that processor.yaml."""
        import yaml

        text: str = yaml.safe_dump(self.processor_yaml(), sort_keys=True, allow_unicode=True)
        return text


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        fix = "save the file as UTF-8"
        raise SpecError("the file is not UTF-8 text", where=f"{path}:{line}", fix=fix) from None
    except OSError as error:
        raise SpecError(f"cannot read it: {error.strerror}", where=str(path)) from None


def _inline(folder: Path, text: str) -> Text | None:
    """What is written in the comments of the handler's file, which function.yaml names or main."""
    named = _HANDLER_LINE.search(text)
    return inline_yaml(folder / f"{(named[1] if named else 'main').replace('.', '/')}.py")


def _settings(spec: Spec) -> Settings:
    own = spec.runtime_attributes.get("funcs") or {}
    return Settings.from_environ({"FUNCS_CONFIG": json.dumps(own)})


def _entry(folder: Path, file: Path | None, spec: Spec) -> Entry:
    """What the file leaves to be found: Nuclio looks at the name of build.path alone."""
    module = Path(spec.build.path).stem if spec.build.path.endswith(".py") else "main"
    entry = find_entry(folder, module)
    if entry is not None:
        return entry
    if spec.image:
        return Entry(f"{module}:handler", "")
    fix = "add spec.handler, e.g. 'main:handler', or write main.py"
    raise SpecError("no handler is named, and there is no main.py", where=str(file), fix=fix)
