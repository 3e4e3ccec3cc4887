"""What a processor is started on: two files in a temporary folder, and the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from funcs._data import data_folder
from funcs.settings import Settings
from funcs.spec import FunctionSpec

_A_DAY_MS = 24 * 3600 * 1000
#: The side servers of the processor: on free ports, since 8081 and 8082 are others' favourites.
_PLATFORM = {
    "kind": "local",
    "webAdmin": {"enabled": True, "listenAddress": "127.0.0.1:0"},
    "healthCheck": {"enabled": True, "listenAddress": "127.0.0.1:0"},
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for beside function.yaml.

    ``workers`` 0 leaves their number to function.yaml; ``nuclio`` "" leaves the level to it.
    """

    port: int
    workers: int = 0
    debug: bool = False
    nuclio: str = ""


@dataclass(frozen=True, slots=True)
class Workplace:
    """The processor's files, the settings, and the environment that workers inherit.

    ``idle`` names the triggers that are no HTTP triggers: they bring no events here.
    """

    processor_yaml: Path
    platform_yaml: Path
    settings: Settings
    environ: Mapping[str, str]
    workers: int
    idle: tuple[str, ...]


def prepare(
    spec: FunctionSpec, wishes: Wishes, environ: Mapping[str, str], *, folder: Path
) -> Workplace:
    """Write in ``folder`` what Nuclio's dashboard would write, with the wishes worked in.

    Raises:
        SpecError: a ``FUNCS_*`` variable of ``environ`` holds what it cannot.
    """
    document = spec.processor_yaml()
    triggers = document["spec"]["triggers"]
    http = {key: each for key, each in triggers.items() if each["kind"] == "http"}
    for trigger in http.values():
        _adapt(trigger, wishes)
    document["spec"]["triggers"] = http
    if wishes.debug:
        document["spec"]["eventTimeout"] = ""
    processor_yaml = folder / "processor.yaml"
    platform_yaml = folder / "platform.yaml"
    processor_yaml.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    platform_yaml.write_text(yaml.safe_dump(_PLATFORM), encoding="utf-8")
    given = _environ(spec, document, wishes, environ)
    return Workplace(
        processor_yaml,
        platform_yaml,
        Settings.from_environ(given),
        given,
        sum(trigger["numWorkers"] for trigger in http.values()),
        tuple(f"{key} ({each['kind']})" for key, each in triggers.items() if key not in http),
    )


def _adapt(trigger: dict[str, Any], wishes: Wishes) -> None:
    host = str(trigger.get("url", "")).rpartition(":")[0]
    trigger["url"] = f"{host}:{wishes.port}"
    if wishes.workers:
        trigger["numWorkers"] = wishes.workers
    if wishes.debug:
        trigger["numWorkers"] = 1
        trigger["workerAvailabilityTimeoutMilliseconds"] = _A_DAY_MS


def _environ(
    spec: FunctionSpec, document: Mapping[str, Any], wishes: Wishes, environ: Mapping[str, str]
) -> dict[str, str]:
    """The environment of processor and workers: ours, `spec.env`, and funcs' settings.

    A single FUNCS_* variable of the caller wins over function.yaml, as everywhere.
    """
    own = document["spec"].get("runtimeAttributes", {}).get("funcs") or {}
    given = dict(environ)
    # A secret that only a cluster knows is taken from the caller's environment, if it is there.
    given |= {each.name: each.value for each in spec.spec.env if not each.value_from}
    given["FUNCS_CONFIG"] = json.dumps({"error_detail": "full", **own})
    if wishes.nuclio:
        given["FUNCS_NUCLIO"] = wishes.nuclio
    folders = [spec.folder.resolve()]
    if spec.is_graph:
        folders.append(data_folder("handlers") / "serving")
    given["NUCLIO_PYTHON_PATH"] = os.pathsep.join(map(str, folders))
    return given
