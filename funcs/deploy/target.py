"""Where a function goes: flags, then ``FUNCS_*`` variables, then a profile of funcs.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from funcs.deploy.credentials import ANONYMOUS, Credentials, find_credentials
from funcs.deploy.profile import FILE, Profile, Profiles
from funcs.errors import DeployError
from funcs.spec.name import is_portable
from funcs.suggest import did_you_mean

PLATFORMS = ("nuclio", "kube", "docker")
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
        profiles = Profiles.of(folder)
        profile = profiles.named(wanted.name or environ.get("FUNCS_TARGET", ""))
        known = {
            each.name: _first(each.name, wanted, environ, profile)
            for each in fields(Profile)
            if each.name not in ("name", "where", "insecure")
        }
        given = {name: value for name, value in known.items() if value}
        said: dict[str, Any] = {"namespace": namespace, "project": project} | given
        said = {name: value for name, value in said.items() if value}
        said["platform"] = _platform(said.get("platform", "nuclio"))
        for name in ("namespace", "project"):
            _check_label(name, said.get(name, ""))
        if said["platform"] != "nuclio":
            said.pop("url", None)
            if said["platform"] == "kube":
                said.setdefault("namespace", "default")
            else:
                said |= {"namespace": said.get("namespace", "funcs")}
                said["url"] = environ.get("DOCKER_HOST", "")
            return cls(**said)
        if "url" not in said:
            fix = (
                "name the dashboard: --url http://localhost:8070, FUNCS_URL, or url in a target of "
                f"{FILE}; or choose --platform kube"
            )
            raise DeployError("no target is configured", fix=fix)
        said["url"] = _checked_url(said["url"], wanted, environ, profile)
        if "ca" in said and not Path(said["ca"]).is_file():
            fix = "name a file of certificates, in PEM form"
            raise DeployError("there is no such certificate file", where=said["ca"], fix=fix)
        credentials = find_credentials(said["url"], environ)
        return cls(**said, insecure=profile.insecure, credentials=credentials)

    @property
    def place(self) -> str:
        """The target for a person, and for telling two of them apart."""
        where = self.url or (f"kube context {self.context}" if self.context else self.platform)
        return f"{where} ({self.namespace})"


def _first(name: str, wanted: Profile, environ: Mapping[str, str], profile: Profile) -> str:
    said: str = getattr(wanted, name) or environ.get(f"FUNCS_{name.upper()}", "")
    return said or str(getattr(profile, name))


def _platform(name: str) -> str:
    name = _OTHER_NAMES.get(name, name)
    if name not in PLATFORMS:
        fix = did_you_mean(name, PLATFORMS, noun="platforms")
        raise DeployError(f"there is no platform {name!r}", fix=fix)
    return name


def _check_label(noun: str, name: str) -> None:
    """Namespaces and projects are Kubernetes labels, on every platform."""
    if name and not is_portable(name):
        fix = "use lower case letters, digits and '-', 63 at the most"
        raise DeployError(f"{name!r} cannot be a {noun}'s name", fix=fix)


def _checked_url(url: str, wanted: Profile, environ: Mapping[str, str], profile: Profile) -> str:
    where = profile.where
    if wanted.url:
        where = "--url"
    elif environ.get("FUNCS_URL"):
        where = "FUNCS_URL"
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
