"""How deploys end on the emulated platform: what its engine has, and the messages of failures.

The messages are recorded ones with the function's name put in.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_STATES = Path(__file__).parents[1] / "conformance" / "dashboard" / "data" / "states.jsonl"
#: Linux takes no longer argument; measured around it in the recordings.
_MOST_CONFIG_BYTES, _MOST_ENV_BYTES = 97_970, 65_130


@dataclass(frozen=True)
class Image:
    """An image of the engine: whether it has a HEALTHCHECK, and handlers that fail."""

    has_healthcheck: bool = True
    failures: tuple[tuple[str, str], ...] = ()
    starts: bool = True


#: The recording's images; the value of a failure is the id of a recorded one.
IMAGES = {
    "demo/fn:1": Image(failures=(("badimport", "fail-import"), ("badinit", "fail-init"))),
    "demo/fn:2": Image(),
    "demo/pyproc:1": Image(),
    "demo/pyone:1": Image(),
    "demo/fn-nohealth:1": Image(has_healthcheck=False),
}


@dataclass(frozen=True)
class Ending:
    """The state a deploy ends in, and its message."""

    state: str
    message: str = ""
    is_built: bool = True


def ending(name: str, spec: dict[str, Any], images: dict[str, Image]) -> Ending:
    """How the deploy of a function ends."""
    if failure := _failure(spec, images):
        recorded = _recorded()[failure]
        message = recorded["message"].replace(recorded["function"], name)
        message = message.replace("demo/absent:1", spec.get("image", ""))
        return Ending("error", message, is_built=failure != "src-cmd-fails")
    return Ending("ready")


def _failure(spec: dict[str, Any], images: dict[str, Image]) -> str:
    """The id of the recorded failure that this is; empty if it starts."""
    build = spec.get("build", {})
    if any("exit 3" in line for line in build.get("commands", ())):
        return "src-cmd-fails"
    if len(json.dumps(spec)) > _MOST_CONFIG_BYTES:
        return "src-size-80k"
    env = [str(each.get("value", "")) for each in spec.get("env", ())]
    if sum(map(len, env)) > _MOST_ENV_BYTES:
        return "limit-env-over"
    if any("'" in value for value in env):
        return "fail-env-quote"
    source = build.get("functionSourceCode", "")
    if source or build.get("path"):
        return _source_failure(spec, source)
    return _start_failure(spec, images.get(spec["image"]))


def _start_failure(spec: dict[str, Any], image: Image | None) -> str:
    """Of a finished image: what its container dies of."""
    if image is None:
        return "fail-image-missing"
    module = spec.get("handler", "").partition(":")[0]
    if module == "slowinit" and spec.get("readinessTimeoutSeconds", 120) < 9:
        return "fail-readiness"
    ports = [each.get("attributes", {}).get("port") for each in spec["triggers"].values()]
    if 8070 in ports:
        return "fail-port-taken"
    if not spec["runtime"].startswith("python") and spec["image"] == "demo/fn:1":
        return "val-bad-runtime"
    return dict(image.failures).get(module, "")


def _source_failure(spec: dict[str, Any], source: str) -> str:
    if not spec.get("handler"):
        return "src-no-handler"
    try:
        compile(base64.b64decode(source).decode(), "main.py", "exec")
    except SyntaxError:
        return "src-syntax-error"
    except UnicodeDecodeError:  # of a recording that was cut
        return ""
    return ""


@cache
def _recorded() -> dict[str, dict[str, str]]:
    """The last message of each recorded sequence of states, and whose it is."""
    found = {}
    for line in _STATES.read_text().splitlines():
        record = json.loads(line)
        message = record["states"][-1].get("message") or ""
        found[record["id"]] = {"function": record["function"], "message": message}
    return found


def root_cause(message: str) -> str:
    """The first line of a message, which alone is the same from run to run."""
    match = re.search(r"\S.*", message)
    return match[0] if match else ""
