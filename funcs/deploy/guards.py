"""What a platform would take and then break over: refused before anything is sent.

Each guard looks at one trap of Nuclio's dashboard (1.14, measured on its local platform) and
yields a sentence for each place that would fall into it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from posixpath import normpath

import yaml

from funcs.deploy.document import Document
from funcs.deploy.masking import masked
from funcs.deploy.plan import DEPLOY_ID
from funcs.errors import DeployError
from funcs.spec.name import is_portable, what_is_wrong

#: Linux takes arguments up to 128 KiB; the dashboard passes whole documents as one.
_MOST_ARGUMENT_BYTES = 131_071
#: What stands around processor.yaml in its command, with what the dashboard adds to it, and around
#: variables and labels in theirs; recordings lie close on both sides.
_AROUND_CONFIG_BYTES, _AROUND_RUN_BYTES = 750, 900
_PER_VARIABLE_BYTES = len("--env ''='' ")
#: A label's value, and its key behind the prefix.
_LABEL = re.compile(r"(?=.{1,63}$)[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_PREFIX = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.ASCII)
_LONGEST_IN_CLUSTER = 63 - len("nuclio-")
_PLAIN_FOLDER = re.compile(r"[\w./@%+=-]*")
_PLAIN_ARGUMENT = re.compile(r"[\w./@%+=:,-]*")
_PLAIN_FLAG = re.compile(r"[\w./@%+=:, -]*")
_WITHOUT_SHELL = ("kube", "docker")
#: Where a processor finds what the deploy writes for it.
CONFIGURATION = PurePosixPath("/etc/nuclio/config")
_CONFIGURED = (CONFIGURATION / "processor", CONFIGURATION / "platform")
_BUILDABLE = ("python", "python:3.9", "python:3.10", "python:3.11")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the other side: ``kind`` is ``local``, ``kube``, ``docker`` or empty.

    ``has_healthcheck`` is None where nobody could look into the image.
    """

    kind: str = ""
    has_healthcheck: bool | None = None


class RefusedError(DeployError):
    """A deploy would break something; ``problems`` holds every reason."""

    def __init__(self, problems: Sequence[DeployError]) -> None:
        first = problems[0]
        super().__init__(first.what, where=first.where, fix=first.fix)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


Guard = Callable[[Document, Surroundings], Iterator[DeployError]]


def guard(document: Document, surroundings: Surroundings) -> None:
    """Look at what is about to be sent.

    Raises:
        RefusedError: it would fall into a trap.
    """
    if problems := found(document, surroundings):
        raise RefusedError(problems)


def found(document: Document, surroundings: Surroundings) -> list[DeployError]:
    """Every trap that the document would fall into."""
    return [problem for look in GUARDS for problem in look(document, surroundings)]


def name(document: Document, surroundings: Surroundings) -> Iterator[DeployError]:
    """A ``/`` is taken, and breaks the dashboard's list of functions for good."""
    text = document["metadata"]["name"]
    if what := what_is_wrong(text):
        fix = "use lower case letters, digits and '-', e.g. 'shop'"
        yield DeployError(what, where="metadata.name", fix=fix)
    elif surroundings.kind in _WITHOUT_SHELL and not is_portable(text):
        fix = f"call it {text.lower().replace('_', '-').replace('.', '-')!r}"
        taker = "Kubernetes" if surroundings.kind == "kube" else "a deploy to Docker"
        what = f"{taker} takes no function called {text!r}"
        yield DeployError(what, where="metadata.name", fix=fix)
    elif surroundings.kind == "kube" and len(text) > _LONGEST_IN_CLUSTER:
        what = f"the name has {len(text)} characters, {_LONGEST_IN_CLUSTER} at most in Kubernetes"
        fix = "shorten it: the function's service is called nuclio-NAME, which may have 63"
        yield DeployError(what, where="metadata.name", fix=fix)


def labels(document: Document, surroundings: Surroundings) -> Iterator[DeployError]:
    """Kubernetes has rules for labels, which it tells once for each resource."""
    if surroundings.kind != "kube":
        return
    for label, value in document["metadata"].get("labels", {}).items():
        prefix, _, key = label.rpartition("/")
        is_key = _LABEL.fullmatch(key) and (not prefix or _PREFIX.fullmatch(prefix))
        if not is_key or not (value == "" or _LABEL.fullmatch(value)):
            fix = "use letters, digits, '-', '_' and '.', 63 at the most; or make it an annotation"
            what = f"Kubernetes takes no label '{label}: {value}'"
            yield DeployError(what, where="metadata.labels", fix=fix)


def quotes(document: Document, surroundings: Surroundings) -> Iterator[DeployError]:
    """The local platform puts values into a shell command, between quotes it does not escape."""
    if surroundings.kind in _WITHOUT_SHELL:
        return
    for each in document["spec"].get("env", ()):
        if "'" in each["name"] + str(each.get("value", "")):
            what = f"the variable {each['name']} holds a single quote"
            fix = "write it otherwise: this dashboard would run what follows it as a shell command"
            yield DeployError(what, where="spec.env", fix=fix)
    for label, value in document["metadata"].get("labels", {}).items():
        if "'" in label + value:
            what = f"the label {label} holds a single quote, which the dashboard would replace"
            yield DeployError(what, where="metadata.labels", fix="write it otherwise")


def unquoted(document: Document, surroundings: Surroundings) -> Iterator[DeployError]:
    """The local platform puts these into shell commands as they are."""
    if surroundings.kind in _WITHOUT_SHELL:
        return
    for said, where, text, allowed in _unquoted(document["spec"]):
        if not allowed.fullmatch(text):
            what = f"the {said} would be read by the dashboard's shell"
            fix = "use letters, digits and . / _ - + alone"
            yield DeployError(what, where=where, fix=fix)


def _unquoted(spec: Document) -> Iterator[tuple[str, str, str, re.Pattern[str]]]:
    """What each is called without its secret, where it stands, its text, what that may hold."""
    for pair in spec.get("volumes", ()):
        for path in (
            pair.get("volume", {}).get("hostPath", {}).get("path", ""),
            pair.get("volumeMount", {}).get("mountPath", ""),
        ):
            yield f"folder {path!r}", "spec.volumes", str(path), _PLAIN_FOLDER
    build, attributes = spec.get("build", {}), spec.get("platform", {}).get("attributes", {})
    for key, value in build.get("args", {}).items():
        yield f"build argument {key!r}", "spec.build.args", f"{key}={value}", _PLAIN_ARGUMENT
    for flag in build.get("flags", ()):
        yield f"build flag {masked(flag)!r}", "spec.build.flags", str(flag), _PLAIN_FLAG
    for device in spec.get("devices", ()):
        yield f"device {device!r}", "spec.devices", str(device), _PLAIN_ARGUMENT
    where, network = "spec.platform.attributes", str(attributes.get("network") or "")
    yield f"network {network!r}", f"{where}.network", network, _PLAIN_ARGUMENT
    policy = attributes.get("restartPolicy")
    name = str((policy.get("name") if isinstance(policy, dict) else policy) or "")
    yield f"restart policy {name!r}", f"{where}.restartPolicy", name, _PLAIN_ARGUMENT


def variables_from_elsewhere(
    document: Document, surroundings: Surroundings
) -> Iterator[DeployError]:
    """Only Kubernetes knows secrets and config maps; Docker's platform leaves them empty."""
    if surroundings.kind == "kube":
        return
    for each in document["spec"].get("env", ()):
        if "valueFrom" in each:
            what = f"the variable {each['name']} would be empty: it comes from Kubernetes"
            fix = f"give it a value for this deploy: -e {each['name']}=..."
            yield DeployError(what, where="spec.env", fix=fix)


def sizes(document: Document, surroundings: Surroundings) -> Iterator[DeployError]:
    """The local platform passes documents as shell arguments, and says so after the build."""
    if surroundings.kind in _WITHOUT_SHELL:
        return
    config = len(yaml.safe_dump(document, allow_unicode=True).encode())
    if -(-config // 3) * 4 + _AROUND_CONFIG_BYTES > _MOST_ARGUMENT_BYTES:
        what = f"the function's configuration has {config} bytes, about 98000 at the most"
        fix = "move long texts out of function.yaml: into files, or an image"
        yield DeployError(what, where="spec", fix=fix)
        return
    env = document["spec"].get("env", ())
    values = sum(
        len((each["name"] + str(each.get("value", ""))).encode()) + _PER_VARIABLE_BYTES
        for each in env
    )
    annotations = document["metadata"].get("annotations") or {}
    labels = sum(  # it labels the container with both
        len(json.dumps(each, separators=(",", ":"), ensure_ascii=False).encode())
        for each in (document["spec"], annotations)
    )
    if values + labels + _AROUND_RUN_BYTES > _MOST_ARGUMENT_BYTES:
        what = f"the variables have {values} bytes, about 65000 at the most"
        yield DeployError(what, where="spec.env", fix="put long values into files of the image")


def healthcheck(document: Document, surroundings: Surroundings) -> Iterator[DeployError]:
    """The local platform's dashboard dies of an image without a HEALTHCHECK."""
    image = document["spec"].get("image", "")
    if not image or surroundings.kind != "local" or surroundings.has_healthcheck:
        return
    if surroundings.has_healthcheck is None:
        what = f"nobody here can look into the image {image!r}"
        fix = (
            "pull it into a Docker engine that this machine reaches, or, if you know that it has a "
            "HEALTHCHECK, say --trust-image: without one it ends the dashboard"
        )
    else:
        what = f"the image {image!r} has no HEALTHCHECK, which would end the dashboard"
        fix = (
            "add one, e.g. HEALTHCHECK --interval=1s CMD python3 -c 'import urllib.request as u; "
            'u.urlopen("http://127.0.0.1:8082/ready")\', or build with funcs build'
        )
    yield DeployError(what, where="spec.image", fix=fix)


def build_image(document: Document, surroundings: Surroundings) -> Iterator[DeployError]:
    """The dashboard takes the port of a registry for a tag, and adds another one."""
    image = document["spec"].get("build", {}).get("image", "")
    if image.count(":") > 1:
        what = f"the dashboard cannot read the port in {image!r}"
        fix = "write host:port into build.registry, and the name alone into build.image"
        yield DeployError(what, where="spec.build.image", fix=fix)


def build_runtime(document: Document, surroundings: Surroundings) -> Iterator[DeployError]:
    """Nuclio 1.14 builds for three versions of Python."""
    spec = document["spec"]
    if "build" in spec and spec.get("runtime") not in _BUILDABLE:
        what = f"the dashboard cannot build for {spec.get('runtime')!r}"
        fix = "set runtime: python:3.11, or deploy an image, which may hold any"
        yield DeployError(what, where="spec.runtime", fix=fix)


def foreign_volumes(document: Document, surroundings: Surroundings) -> Iterator[DeployError]:
    """Only hostPath volumes reach a container of Docker's; the others are left out silently."""
    if surroundings.kind not in ("local", "docker"):
        return
    for pair in document["spec"].get("volumes", ()):
        if "hostPath" not in pair.get("volume", {}):
            name = pair.get("volume", {}).get("name", "")
            what = f"the volume {name!r} is Kubernetes' own; Docker would be without it"
            fix = "mount a folder of the host: --volume /here:/there"
            yield DeployError(what, where="spec.volumes", fix=fix)


def own_folders(document: Document, surroundings: Surroundings) -> Iterator[DeployError]:
    """What is mounted over a processor's configuration hides it; plain Docker writes into it."""
    for pair in document["spec"].get("volumes", ()):
        place = PurePosixPath(normpath(pair.get("volumeMount", {}).get("mountPath", "")))
        is_over = surroundings.kind == "docker" and CONFIGURATION.is_relative_to(place)
        if is_over or place in (CONFIGURATION, *_CONFIGURED):
            what = f"the volume at '{place}' would lie over the processor's own configuration"
            fix = f"mount it elsewhere: {CONFIGURATION} is filled by the deploy"
            yield DeployError(what, where="spec.volumes", fix=fix)


def own_names(document: Document, surroundings: Surroundings) -> Iterator[DeployError]:
    """The deploy's id is ours, and stands once."""
    names = [each["name"] for each in document["spec"].get("env", ())]
    for each in sorted({name for name in names if names.count(name) > 1}):
        fix = "remove it" if each == DEPLOY_ID else "keep one of them"
        yield DeployError(f"the variable {each} is given twice", where="spec.env", fix=fix)


GUARDS: tuple[Guard, ...] = (
    name,
    labels,
    quotes,
    unquoted,
    variables_from_elsewhere,
    sizes,
    healthcheck,
    build_image,
    build_runtime,
    foreign_volumes,
    own_folders,
    own_names,
)
