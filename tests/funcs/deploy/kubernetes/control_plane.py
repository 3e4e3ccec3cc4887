"""A real control plane: Kubernetes' API server, its store and its controllers, without nodes.

What a node would do with pods, and Nuclio's controller with its resources, the tests' `Hands` do.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

_TOKEN = "of-the-tests"
#: What `scripts/cluster` makes, where the programs are not on PATH.
_MADE = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "funcs-tests", "cluster").expanduser()
_CONTROLLERS = (
    "deployment-controller",
    "replicaset-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "horizontal-pod-autoscaler-controller",
    "resourcequota-controller",
)
#: Nuclio's own, as its chart has it: no schema, no status of its own.
NUCLIO_FUNCTIONS = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "nucliofunctions.nuclio.io"},
    "spec": {
        "group": "nuclio.io",
        "names": {
            "kind": "NuclioFunction",
            "plural": "nucliofunctions",
            "singular": "nucliofunction",
        },
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1beta1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "x-kubernetes-preserve-unknown-fields": True,
                    }
                },
            }
        ],
    },
}


@dataclass(frozen=True)
class ControlPlane:
    """Where it is, and a file by which kubectl knows that; ``ends`` before it does."""

    url: str
    config: Path
    ends: threading.Event = field(default_factory=threading.Event)
    _context: ssl.SSLContext = field(default_factory=ssl._create_unverified_context)

    @property
    def environ(self) -> dict[str, str]:
        """What kubectl is to be given."""
        return {"PATH": os.environ["PATH"], "KUBECONFIG": str(self.config), "HOME": "/nonexistent"}

    @property
    def port(self) -> int:
        """Where its server listens."""
        return int(self.url.rpartition(":")[2])

    def config_of(self, user: str, port: int = 0) -> Path:
        """A file for kubectl, of another user, or that goes by another port."""
        text = self.config.read_text().replace(str(self.port), str(port or self.port))
        value = json.loads(text)
        value["users"][0]["user"] |= {"as": user} if user else {}
        path = self.config.with_name(f"config-{user}-{port}")
        path.write_text(json.dumps(value))
        return path

    def ask(
        self, method: str, path: str, body: object = None, kind: str = "merge-patch+json"
    ) -> Any:
        """The answer to one request, parsed."""
        with self._open(method, path, body, kind) as answer:
            return json.loads(answer.read())

    def watch(self, path: str) -> Iterator[Mapping[str, Any]]:
        """Each change of a resource of these, from now on and for a minute."""
        with self._open("GET", f"{path}?watch=true&timeoutSeconds=60", None, "") as answer:
            for line in answer:
                yield json.loads(line)["object"]

    def _open(self, method: str, path: str, body: object, kind: str) -> Any:
        data = None if body is None else json.dumps(body).encode()
        media = kind if method == "PATCH" else "json"
        headers = {"Authorization": f"Bearer {_TOKEN}", "Content-Type": f"application/{media}"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            return urllib.request.urlopen(request, timeout=90, context=self._context)
        except urllib.error.HTTPError as error:
            error.close()
            raise


class Hands:
    """Gives what controllers and nodes would: ``status`` of each pod or function that is seen."""

    def __init__(self, plane: ControlPlane, namespace: str, kind: str) -> None:
        group = "/api/v1" if kind == "pods" else "/apis/nuclio.io/v1beta1"
        self._path = f"{group}/namespaces/{namespace}/{kind}"
        self._subresource = "/status" if kind == "pods" else ""
        self._plane = plane
        self.status: Callable[[Mapping[str, Any]], Mapping[str, Any] | None] = lambda _: None
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the server ends, and the test with it
            while not self._plane.ends.is_set():  # a socket to what is just ending would leak
                for found in self._plane.watch(self._path):
                    self._give(found)

    def _give(self, found: Mapping[str, Any]) -> None:
        wanted = self.status(found)
        if wanted is None or found.get("status", {}).items() >= wanted.items():
            return
        place = f"{self._path}/{found['metadata']['name']}{self._subresource}"
        with contextlib.suppress(urllib.error.HTTPError):  # it is gone
            self._plane.ask("PATCH", place, {"status": wanted})


def ready(_: Mapping[str, Any]) -> Mapping[str, Any]:
    """The status of a pod that is."""
    condition = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    return {"phase": "Running", "conditions": [condition]}


@contextlib.contextmanager
def control_plane() -> Iterator[ControlPlane]:
    """Starts one; its folder is new."""
    programs = {
        name: _needs(name) for name in ("etcd", "kube-apiserver", "kube-controller-manager")
    }
    _needs("kubectl")
    with tempfile.TemporaryDirectory(prefix="funcs-cluster-") as name, contextlib.ExitStack() as up:
        home = Path(name)
        store, peer, port = _port(), _port(), _port()
        up.enter_context(_running(_store_line(programs["etcd"], home, store, peer), home / "etcd"))
        key = home / "key"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        (home / "tokens").write_text(f'{_TOKEN},admin,admin,"system:masters"\n')
        api = _server_line(programs["kube-apiserver"], home, store, port)
        log = up.enter_context(_running(api, home / "api"))
        plane = ControlPlane(f"https://127.0.0.1:{port}", _config(home, port))
        _wait(plane, log)
        line = [
            *(programs["kube-controller-manager"], "--kubeconfig", str(plane.config)),
            *("--controllers", ",".join(_CONTROLLERS), "--leader-elect=false"),
            "--horizontal-pod-autoscaler-sync-period=1s",
            *("--secure-port", "0", "--service-account-private-key-file", str(key)),
        ]
        up.enter_context(_running(line, home / "controllers"))
        up.callback(plane.ends.set)
        yield plane


def install_nuclio(plane: ControlPlane) -> None:
    """Define Nuclio's functions; who asks for one before that is told that nobody knows them."""
    place = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    plane.ask("POST", place, NUCLIO_FUNCTIONS)
    pause = threading.Event()
    for _ in range(600):
        with contextlib.suppress(urllib.error.HTTPError):
            plane.ask("GET", "/apis/nuclio.io/v1beta1/nucliofunctions")
            return
        pause.wait(0.1)
    pytest.fail("nobody knows Nuclio's functions")


def _needs(program: str) -> str:
    found = shutil.which(program, path=f"{os.environ['PATH']}:{_MADE}")
    if found is None:
        pytest.skip(f"{program} is not installed: scripts/cluster")
    return found


def _store_line(program: str, home: Path, port: int, peer: int) -> list[str]:
    client, other = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer}"
    return [
        *(program, "--data-dir", str(home / "store"), "--log-level", "error", "--unsafe-no-fsync"),
        *("--listen-client-urls", client, "--advertise-client-urls", client),
        *("--listen-peer-urls", other),
    ]


def _server_line(program: str, home: Path, store: int, port: int) -> list[str]:
    key = str(home / "key")
    return [
        *(program, "--etcd-servers", f"http://127.0.0.1:{store}", "--secure-port", str(port)),
        *("--bind-address", "127.0.0.1", "--cert-dir", str(home / "certs")),
        *("--token-auth-file", str(home / "tokens"), "--authorization-mode", "RBAC"),
        *("--service-account-issuer", "https://kubernetes.default.svc"),
        *("--service-account-key-file", key, "--service-account-signing-key-file", key),
        *("--service-cluster-ip-range", "10.0.0.0/24"),
        *("--disable-admission-plugins", "ServiceAccount"),  # nobody makes the default one
    ]


def _config(home: Path, port: int) -> Path:
    cluster = {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}
    value = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "here", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": _TOKEN}}],
        "contexts": [{"name": "lab", "context": {"cluster": "here", "user": "admin"}}],
        "current-context": "lab",
    }
    path = home / "config"
    path.write_text(json.dumps(value))
    return path


@contextlib.contextmanager
def _running(line: list[str], log: Path) -> Iterator[Path]:
    with (
        log.open("wb") as file,
        subprocess.Popen(line, stdout=file, stderr=file, start_new_session=True) as process,
    ):
        try:
            yield log
        finally:
            process.kill()


def _wait(plane: ControlPlane, log: Path) -> None:
    """Until it is ready; the log where it is not within a minute."""
    pause = threading.Event()
    for _ in range(600):
        with contextlib.suppress(OSError), plane._open("GET", "/readyz", None, ""):
            return
        pause.wait(0.1)
    pytest.fail(log.read_text()[-2000:])


def _port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])
