"""kubectl as a program: it knows the cluster, the login and the contexts of who runs it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from funcs.deploy.errors import UnreachableError
from funcs.errors import DeployError

_TIMEOUT_S = 60.0
_MOST_PODS = 100
#: What kubectl's library logs beside its own sentence.
_KLOG = re.compile(r"^[EWI]\d{4} .*$", re.MULTILINE)
#: What the cluster warns of; what others applied otherwise, is set back.
_WARNING = re.compile(r"^Warning: (.*)$\n?", re.MULTILINE)
_SET_BACK = "last-applied-configuration"
_FIXES = (
    ("is being terminated", "wait until it is gone and make it again, or use another: -n NAME"),
    ("provided port is already allocated", "choose another attributes.port of the http trigger"),
    ("exceeded quota", "delete what nobody needs, or ask for less in spec.resources"),
    ("Unauthorized", "log in to the cluster again"),
    ("Forbidden", "log in as someone who may, or use a namespace of yours: -n NAME"),
    ("forbidden", "log in as someone who may, or use a namespace of yours: -n NAME"),
    ("no matches for kind", "install Nuclio in the cluster, or deploy with --kind deployment"),
    ("have a resource type", "install Nuclio in the cluster, or deploy with --kind deployment"),
    ('namespaces "', "make it first: kubectl create namespace NAME"),
    ("does not exist", "see kubectl config get-contexts, and name one: --context NAME"),
)
_UNREACHABLE = ("connection refused", "was refused", "no such host", "i/o timeout", "TLS handshake")


class UnknownKindError(DeployError):
    """The cluster knows no resources of a kind: what defines them is not installed."""


class ForbiddenError(DeployError):
    """The cluster takes this from others, and not from who is logged in."""


class Kubectl:
    """Runs kubectl in one namespace of one context; ``environ`` is what it is given."""

    def __init__(
        self, environ: Mapping[str, str], *, namespace: str, context: str = "", program: str = ""
    ) -> None:
        self._environ = dict(environ)
        found = program or shutil.which("kubectl", path=environ.get("PATH"))
        if found is None:
            fix = "install it, or print the manifests for another tool: --output manifest"
            raise DeployError("kubectl is not on PATH", fix=fix)
        self._words = [found, f"--namespace={namespace}"]
        if context:
            self._words.append(f"--context={context}")

    def apply(self, resources: Sequence[Mapping[str, Any]]) -> list[str]:
        """Apply resources; what kubectl says of each, and then what the cluster warns of.

        Raises:
            DeployError: the cluster refuses one.
            UnreachableError: it does not answer.
        """
        words = ["apply", "-f", "-"]
        done = self._done("apply the manifests", words, _listed(resources))
        warnings = [each for each in _WARNING.findall(done.stderr) if _SET_BACK not in each]
        return [*done.stdout.splitlines(), *warnings]

    def present(self, resources: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Those of the resources that are in the cluster, as they are there.

        Raises:
            DeployError: as above.
        """
        words = ["get", "-f", "-", "--output=json", "--ignore-not-found"]
        said = self._run("look at what is deployed", words, _listed(resources))
        found = _object(said) if said.strip() else {}
        items = found.get("items") if found.get("kind") == "List" else [found] if found else []
        return list(items or ())

    def get(self, kind: str, name: str) -> Mapping[str, Any] | None:
        """A resource as it is in the cluster; None where there is none.

        Raises:
            DeployError: as above.
        """
        words = ["get", kind, name, "--output=json", "--ignore-not-found"]
        said = self._run(f"look at {kind} {name!r}", words)
        return _object(said) if said.strip() else None

    def list(self, kinds: str, selector: str = "") -> list[Mapping[str, Any]]:
        """The resources of some kinds (``a,b``), those with the labels of the selector.

        Raises:
            DeployError: as above.
        """
        words = ["get", kinds, "--output=json", *([f"--selector={selector}"] if selector else ())]
        found = _object(self._run(f"list {kinds}", words)).get("items")
        return list(found) if isinstance(found, list) else []

    def logs(self, selector: str, *, tail: int, since: str) -> str:
        """The last lines of the pods with these labels; empty where there are none.

        Of a pod that has not started there is a line that says so.

        Raises:
            DeployError: as above.
        """
        words = ["logs", f"--selector={selector}", f"--tail={tail}"]
        words += [f"--since={since}"] if since else []
        try:
            return self._run("read the log", words)
        except ForbiddenError:
            raise
        except DeployError:  # of a pod that has not started: the others have one all the same
            return self._run("read the log", [*words, "--ignore-errors"])

    def log_of(self, pod: str, container: str, *, previous: bool) -> str:
        """The last lines of one container; ``previous``: of the one that ended before it.

        Raises:
            DeployError: as above.
        """
        words = ["logs", pod, f"--container={container}", "--tail=200"]
        return self._run("read the log", [*words, *(["--previous"] if previous else [])])

    def follow(self, selector: str, *, tail: int, since: str) -> None:
        """Pass the pods' log on to this terminal until it ends, each line with its pod's name.

        Raises:
            DeployError: kubectl has said on the terminal what is wrong.
        """
        words = ["logs", "--follow", f"--selector={selector}", f"--tail={tail}"]
        words += ["--prefix", f"--max-log-requests={_MOST_PODS}", "--ignore-errors"]
        words += [f"--since={since}"] if since else []
        done = subprocess.run([*self._words, *words], env=self._environ, check=False)
        if done.returncode:
            what = f"could not follow the log: kubectl ended with exit code {done.returncode}"
            raise DeployError(what, where="kubectl")

    def delete_labelled(self, kinds: str, selector: str, *, but: str = "") -> None:
        """Remove the resources of some kinds (``a,b``) with these labels, but one.

        Raises:
            DeployError: as above.
        """
        words = ["delete", kinds, f"--selector={selector}", "--ignore-not-found"]
        if but:
            words.append(f"--field-selector=metadata.name!={but}")
        self._run(f"remove {kinds}", words)

    def delete(self, kind: str, name: str) -> None:
        """Remove a resource; one that is not there too.

        Raises:
            DeployError: as above.
        """
        self._run(f"delete {kind} {name!r}", ["delete", kind, name, "--ignore-not-found"])

    def patch(self, kind: str, name: str, change: Mapping[str, Any]) -> None:
        """Merge a change into a resource.

        Raises:
            DeployError: as above.
        """
        words = ["patch", kind, name, "--type=merge", f"--patch={json.dumps(change)}"]
        self._run(f"change {kind} {name!r}", words)

    def scale(self, name: str, replicas: int) -> None:
        """Set how many pods a Deployment has.

        Raises:
            DeployError: as above.
        """
        words = ["scale", f"deployment/{name}", f"--replicas={replicas}"]
        self._run(f"scale {name!r}", words)

    def _run(self, action: str, words: Sequence[str], text: str | None = None) -> str:
        return self._done(action, words, text).stdout

    def _done(
        self, action: str, words: Sequence[str], text: str | None
    ) -> subprocess.CompletedProcess[str]:
        done = self._call(words, text)
        if done.returncode == 0:
            return done
        errors = _WARNING.sub("", _KLOG.sub("", done.stderr))
        lines = dict.fromkeys(errors.splitlines())  # one for each resource
        said = " ".join(" ".join(lines).split())[:500]
        said = said or f"exit code {done.returncode}"
        fix = next((fix for words, fix in _FIXES if words in said), "")
        if any(word in said for word in _UNREACHABLE):
            fix = "see that the cluster runs, and that kubectl has the right context"
            raise UnreachableError(f"could not {action}: {said}", where="kubectl", fix=fix)
        kind = next((kind for words, kind in _ERRORS if words in said), DeployError)
        raise kind(f"could not {action}: {said}", where="kubectl", fix=fix)

    def _call(self, words: Sequence[str], text: str | None) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                [*self._words, *words],
                env=self._environ,
                input=text,
                stdin=subprocess.DEVNULL if text is None else None,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            what = f"kubectl {words[0]} did not end within {_TIMEOUT_S:.0f} s"
            raise UnreachableError(what, fix="see whether the cluster answers") from None
        except OSError as error:
            raise DeployError(f"kubectl cannot be run: {error.strerror}") from None


_ERRORS: tuple[tuple[str, type[DeployError]], ...] = (
    ("have a resource type", UnknownKindError),
    ("(Forbidden)", ForbiddenError),
)


def _listed(resources: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(resources)})


def _object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        raise DeployError("kubectl answered with no JSON", where="kubectl") from None
    return value if isinstance(value, dict) else {}
