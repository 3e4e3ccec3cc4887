"""The environment in which a function's workers run here."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from funcs._data import data_folder
from funcs.neighbours import VARIABLE, from_environ
from funcs.spec import FunctionSpec


def worker_environment(
    spec: FunctionSpec, environ: Mapping[str, str], *, nuclio: str = ""
) -> dict[str, str]:
    """``environ``, `spec.env`, and funcs' settings, as an image would be given them.

    Unlike in an image, errors are told in full unless function.yaml or a variable says otherwise.
    A single ``FUNCS_*`` variable of ``environ`` wins over function.yaml, as everywhere.
    ``nuclio`` is the contract level asked for; empty leaves it to them.
    """
    given = dict(environ)
    # A secret that only a cluster knows is taken from the caller's environment, if it is there.
    given |= {each.name: each.value for each in spec.spec.env if not each.value_from}
    own = spec.spec.runtime_attributes.get("funcs") or {}
    graph = {"graph": spec.settings.graph} if spec.is_graph else {}
    given["FUNCS_CONFIG"] = json.dumps({"error_detail": "full", **own, **graph})
    if nuclio:
        given["FUNCS_NUCLIO"] = nuclio
    folders = [spec.folder.resolve()]
    if spec.is_graph:
        folders.append(data_folder("handlers") / "serving")
    given["NUCLIO_PYTHON_PATH"] = os.pathsep.join(map(str, folders))
    return given


def with_functions(environ: Mapping[str, str], functions: Mapping[str, str]) -> dict[str, str]:
    """``environ`` with the addresses of functions that can be called by their names.

    What ``environ`` knows of functions already wins.

    Raises:
        SpecError: what it knows is no JSON map.
    """
    known = from_environ(environ.get(VARIABLE) or "{}")
    return {**environ, VARIABLE: json.dumps({**functions, **known})}
