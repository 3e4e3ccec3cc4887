"""Where a function goes: flags, then ``FUNCS_*`` variables, then a profile of funcs.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from funcs.deploy.credentials import ANONYMOUS, Credentials, find_credentials
from funcs.deploy.profile import FILE, Profile, Profiles
from funcs.errors import DeployError
from funcs.spec.name import is_portable
from funcs.suggest import did_you_mean
from funcs_builder.engine_address import EngineAddress

PLATFORMS = ("nuclio", "kube", "docker")
_FLAGS = {"project": "--project-name"}
#: What nuctl calls them.
_OTHER_NAMES = {"local": "nuclio", "kubernetes": "kube", "k8s": "kube"}


@dataclass(frozen=True, slots=True)
class Target:
    """A platform that is known well enough to be spoken to.

    ``url`` is the dashboard's, without a slash at its end, or the address of an engine that is not
    the usual one; empty for Kubernetes.
    """

    platform: str
    url: str = ""
    namespace: str = "nuclio"
    project: str = "default"
    registry: str = ""
    context: str = ""
    gateway: str = ""
    ca: str = ""
    serve_at: str = ""
    insecure: bool = False
    credentials: Credentials = field(default=ANONYMOUS, repr=False)

    @classmethod
    def resolve(
        cls,
        wanted: Profile,
        environ: Mapping[str, str],
        folder: Path,
        *,
        namespace: str = "",
        project: str = "",
    ) -> Target:
        """The target that the command line, the environment and funcs.toml agree on.

        ``wanted`` is what the command line says, the name of a target of funcs.toml among it;
        ``namespace`` and ``project`` are function.yaml's, for where none of them says any.

        Raises:
            DeployError: none is configured, or what is configured cannot be one.
        """
        name = wanted.name or environ.get("FUNCS_TARGET", "")
        sources = _Sources(wanted, environ, Profiles.of(folder).named(name))
        platform = _platform(sources.first("platform") or "nuclio", sources.where("platform"))
        given = {
            "namespace": sources.first("namespace") or namespace,
            "project": sources.first("project") or project,
            "registry": sources.first("registry"),
        }
        said = {name: text for name, text in given.items() if text}
        for noun in said.keys() & {"namespace", "project"}:
            _check_label(noun, said[noun], sources.where(noun) if sources.first(noun) else "")
        return _RESOLVERS[platform](sources, said)

    @property
    def place(self) -> str:
        """The target for a person, and for telling two of them apart."""
        where = self.url or (f"kube context {self.context}" if self.context else self.platform)
        return f"{where} ({self.namespace})"


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where a target's values come from: flags, then variables, then a profile."""

    wanted: Profile
    environ: Mapping[str, str]
    profile: Profile

    def first(self, name: str) -> str:
        """The value of the first that says one; empty if none does."""
        said: str = getattr(self.wanted, name) or self.environ.get(_variable(name), "")
        return said or str(getattr(self.profile, name))

    def where(self, name: str) -> str:
        """Which of them that was."""
        if getattr(self.wanted, name):
            return _FLAGS.get(name, f"--{name}")
        return _variable(name) if self.environ.get(_variable(name)) else self.profile.where

    def refuse_flags(self, names: tuple[str, ...], platform: str, fix: str) -> None:
        """Refuse a flag of another platform: what it names would not be where the function goes."""
        for name in names:
            if getattr(self.wanted, name):
                what = f"--{name} is for another platform than {platform}"
                raise DeployError(what, where=f"--{name}", fix=fix)


def _variable(name: str) -> str:
    return f"FUNCS_{name.upper()}"


def _dashboard(sources: _Sources, said: Mapping[str, Any]) -> Target:
    sources.refuse_flags(("context",), "nuclio", "add --platform kube, or leave it out")
    url, ca = sources.first("url"), sources.first("ca")
    if not url:
        fix = (
            "name the dashboard: --url http://localhost:8070, FUNCS_URL, or url in a target of "
            f"{FILE}; or choose --platform docker, or kube"
        )
        raise DeployError("no target is configured", fix=fix)
    url = _checked_url(url, sources.where("url"))
    if ca and not Path(ca).is_file():
        fix = "name a file of certificates, in PEM form"
        raise DeployError("there is no such certificate file", where=ca, fix=fix)
    return Target(
        "nuclio",
        url,
        ca=ca,
        gateway=sources.first("gateway"),
        serve_at=sources.first("serve_at"),
        insecure=sources.profile.insecure,
        credentials=find_credentials(url, sources.environ),
        **said,
    )


def _cluster(sources: _Sources, said: Mapping[str, Any]) -> Target:
    sources.refuse_flags(("url",), "kube", "add --platform nuclio; or name a cluster: --context")
    return Target("kube", context=sources.first("context"), **{"namespace": "default", **said})


def _engine(sources: _Sources, said: Mapping[str, Any]) -> Target:
    fix = "add --platform nuclio, or kube; an engine is named in DOCKER_HOST"
    sources.refuse_flags(("url", "context"), "docker", fix)
    address = EngineAddress.of(sources.environ)
    where = "" if address.is_usual else address.where
    return Target("docker", where, **{"namespace": "funcs", **said})


_RESOLVERS = {"nuclio": _dashboard, "kube": _cluster, "docker": _engine}


def _platform(name: str, where: str) -> str:
    name = _OTHER_NAMES.get(name, name)
    if name not in PLATFORMS:
        fix = did_you_mean(name, PLATFORMS, noun="platforms")
        raise DeployError(f"there is no platform {name!r}", where=where, fix=fix)
    return name


def _check_label(noun: str, name: str, where: str) -> None:
    """Namespaces and projects are Kubernetes labels, on every platform."""
    if not is_portable(name):
        fix = "use lower case letters, digits and '-', 63 at the most"
        raise DeployError(f"{name!r} cannot be a {noun}'s name", where=where, fix=fix)


def _checked_url(url: str, where: str) -> str:
    fix = "write it as in http://localhost:8070"
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port
    except ValueError as error:
        raise DeployError(f"{url!r} is no address: {error}", where=where, fix=fix) from None
    if parts.username or parts.password:
        fix = "take them out, and set FUNCS_USERNAME and FUNCS_PASSWORD"
        raise DeployError("the address holds credentials", where=where, fix=fix)
    if parts.scheme not in ("http", "https") or not parts.hostname or not has_port:
        near = f"did you mean 'http://{url}'?" if "://" not in url and url[:1] != "/" else fix
        raise DeployError(f"{url!r} is no dashboard's address", where=where, fix=near)
    if parts.query or parts.fragment:
        fix = f"write {url.partition('?')[0].partition('#')[0]!r}"
        raise DeployError("the address holds a query", where=where, fix=fix)
    return url.rstrip("/").removesuffix("/api")
