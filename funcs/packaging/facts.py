"""What packaging needs to know of a function, as plain values.

They are remembered by the text of function.yaml: while that stays the same, a build need not
validate it again, which is half of the time that an image takes whose code alone has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import funcs
from funcs.packaging.steps import BuildSteps
from funcs.record import Record
from funcs_builder.cache import Cache

if TYPE_CHECKING:
    from funcs.spec.function import FunctionSpec

_FILE = "function.yaml"
_FORMAT = 3
_INLINE = b"@nuclio.configure"
#: What of processor.yaml the image's own has not: its variables are the image's.
_ELSEWHERE = ("env", "build")
_WRITTEN = ("handler", "runtime", "runtimeAttributes", "triggers", "env")


class FunctionFacts(Record):
    """A valid function. ``file`` is its function.yaml; empty where main.py alone says it all.

    ``runtime``, ``base_image``, ``registry`` and their like are as written, empty where they are
    not; ``image`` is then named after the function. ``env`` has the variables with a value,
    ``foreign_env`` those that a platform fills.
    ``mounts`` are volumes by the folder they are mounted at, ``models`` the folder of all models.
    ``processor_yaml`` is for the image itself, ``function_yaml`` for one whose folder has none.
    """

    folder: Path
    file: str
    name: str
    handler: str
    graph: str
    runtime: str
    description: str
    version: int
    env: Mapping[str, str]
    foreign_env: tuple[str, ...]
    mounts: Mapping[str, str]
    models: str
    readiness_s: int
    base_image: str
    base_registry: str
    image: str
    registry: str
    steps: BuildSteps
    processor: Mapping[str, Any]
    function_yaml: str

    @classmethod
    def at(cls, path: Path, cache: Cache) -> FunctionFacts:
        """Those of the function at ``path``: its folder, its function.yaml, or its Python file.

        Raises:
            InvalidSpecError: function.yaml is not valid; it holds every problem.
            SpecError: there is no function.
        """
        file = path / _FILE if path.is_dir() else path
        key = _key(file)
        known = cache.recall("function", key) if key else None
        facts = _from_dict(known, file.parent) if known is not None else None
        if facts is not None and not _is_inline(file.parent, facts.handler):
            return facts
        from funcs.spec.function import FunctionSpec

        spec = FunctionSpec.of(path)
        facts = cls.of(spec)
        # what function.yaml leaves out was found in the code, which the key does not know
        own = spec.spec.runtime_attributes.get("funcs") or {}
        is_whole = bool(spec.spec.handler or own.get("graph"))
        if key and is_whole and not _is_inline(file.parent, facts.handler):
            cache.remember("function", key, _to_dict(facts))
        return facts

    @classmethod
    def of(cls, spec: FunctionSpec) -> FunctionFacts:
        """Those of a function that was parsed."""
        from funcs.spec.name import nearest_name

        build = spec.spec.build
        env = {each.name: each.value for each in spec.spec.env if not each.value_from}
        mounts = [volume.volume_mount for volume in spec.spec.volumes]
        is_yaml = spec.file is not None and spec.file.suffix != ".py"
        document = spec.processor_yaml()
        return cls(
            folder=spec.folder,
            file=str(spec.file) if spec.file and is_yaml else "",
            name=spec.name,
            handler=spec.handler,
            graph=spec.settings.graph,
            runtime=spec.spec.runtime,
            description=spec.spec.description,
            version=spec.spec.version,
            env=env,
            foreign_env=tuple(each.name for each in spec.spec.env if each.value_from),
            mounts={item.mount_path: item.name for item in mounts if item.mount_path},
            models=env.get("FUNCS_MODELS") or spec.settings.models,
            readiness_s=spec.spec.readiness_timeout_seconds,
            base_image=build.base_image,
            base_registry=build.base_image_registry,
            image=build.image or nearest_name(spec.name),
            registry=build.registry,
            steps=BuildSteps.of(build),
            processor=_for_image(document),
            function_yaml="" if is_yaml else _written(spec.name, document["spec"]),
        )

    @property
    def where(self) -> str:
        """What errors name it by."""
        return self.file or str(self.folder)

    def processor_yaml(self, runtime: str) -> str:
        """The image's own processor.yaml, whose Python is ``runtime``: ``"python:3.11"``.

        It is JSON, which is YAML too and is read without PyYAML: a start is a tenth shorter.
        """
        spec = {**self.processor["spec"], "runtime": runtime}
        value = {**self.processor, "spec": spec}
        return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _key(file: Path) -> str:
    """Names what the facts follow from; empty where that is not one file alone."""
    if file.name != _FILE:
        return ""
    try:
        text = file.read_bytes()
    except OSError:
        return ""
    # in another folder the name may be another, and with another funcs anything
    with os.scandir(Path(funcs.__file__).parent / "spec") as sources:
        newest = max(source.stat().st_mtime_ns for source in sources if source.is_file())
    parts = [_FORMAT, funcs.__version__, newest, str(file.parent.resolve())]
    return hashlib.sha256(repr(parts).encode() + text).hexdigest()


def _is_inline(folder: Path, handler: str) -> bool:
    """Whether the handler's file has a function.yaml in its comments, as only Nuclio reads it."""
    module = handler.partition(":")[0].replace(".", "/")
    for name in {f"{module}.py", "main.py"}:
        try:
            if _INLINE in (folder / name).read_bytes():
                return True
        except OSError:
            continue
    return False


def _to_dict(facts: FunctionFacts) -> dict[str, object]:
    value = {**facts._asdict(), "file": Path(facts.file).name, "steps": facts.steps._asdict()}
    del value["folder"]
    return value


def _from_dict(value: Mapping[str, Any], folder: Path) -> FunctionFacts | None:
    """The facts that were remembered; None where a memory is damaged."""
    try:
        steps = BuildSteps(**{key: tuple(each) for key, each in value["steps"].items()})
        foreign = tuple(value["foreign_env"])
        file = str(folder / value["file"])
        return FunctionFacts(
            **{**value, "folder": folder, "file": file, "steps": steps, "foreign_env": foreign}
        )
    except (KeyError, TypeError, AttributeError):
        return None


def _for_image(document: dict[str, Any]) -> dict[str, Any]:
    spec = {key: each for key, each in document["spec"].items() if key not in _ELSEWHERE}
    plain: dict[str, Any] = json.loads(json.dumps({**document, "spec": spec}, default=str))
    return plain


def _written(name: str, spec: Mapping[str, Any]) -> str:
    """A function.yaml for a function that has none."""
    import yaml

    body = {key: spec[key] for key in _WRITTEN if key in spec}
    head = {"apiVersion": "nuclio.io/v1", "kind": "NuclioFunction", "metadata": {"name": name}}
    text: str = yaml.safe_dump({**head, "spec": body}, sort_keys=False, allow_unicode=True)
    return text
