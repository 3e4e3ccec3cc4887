"""funcs.toml: the targets of a deploy by their names, so that a command need not spell them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from funcs.errors import DeployError
from funcs.suggest import did_you_mean

FILE = "funcs.toml"
_TOP = ("default", "targets")
_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_SECRETS = ("password", "token", "username", "user", "secret")


@dataclass(frozen=True, slots=True)
class Profile:
    """One target as a file or a command line has it; what is empty is not said.

    ``where`` is the file, and the line of its heading; empty for a command line.
    """

    name: str = ""
    where: str = ""
    platform: str = ""
    url: str = ""
    namespace: str = ""
    project: str = ""
    registry: str = ""
    context: str = ""
    gateway: str = ""
    ca: str = ""
    serve_at: str = ""
    insecure: bool = False


_KEYS = tuple(field.name for field in fields(Profile) if field.name not in ("name", "where"))


@dataclass(frozen=True, slots=True)
class Profiles:
    """All targets of one file; ``default`` names the one that is meant where none is named."""

    targets: Mapping[str, Profile]
    default: str = ""
    where: str = ""

    @classmethod
    def of(cls, folder: Path) -> Profiles:
        """Those of the nearest funcs.toml in ``folder`` or above it; none where there is none.

        Raises:
            DeployError: the file is not valid; it names the line.
        """
        start = folder.resolve()
        for place in (start, *start.parents):
            if (place / FILE).is_file():
                return cls.from_toml(place / FILE)
        return cls({})

    @classmethod
    def from_toml(cls, path: Path) -> Profiles:
        """Those of the file at ``path``.

        Raises:
            DeployError: it cannot be read or is not valid; it names the line.
        """
        try:
            text = path.read_bytes().decode()
            document = tomllib.loads(text)
        except OSError as error:
            raise DeployError(f"cannot read it: {error.strerror}", where=str(path)) from None
        except UnicodeDecodeError:
            raise DeployError("the file is not UTF-8 text", where=str(path)) from None
        except tomllib.TOMLDecodeError as error:
            raise _not_toml(path, str(error)) from None
        return _File(path, text).profiles(document)

    def named(self, name: str) -> Profile:
        """The profile ``name``; without a name the default, or the only one, or an empty one.

        Raises:
            DeployError: there is none of that name, or several and none is the default.
        """
        chosen = name or self.default
        if not chosen and len(self.targets) == 1:
            chosen = next(iter(self.targets))
        if chosen in self.targets:
            return self.targets[chosen]
        known = ", ".join(self.targets)
        if not chosen and self.targets:
            fix = f"choose with --target NAME, or write default = 'NAME'; known targets: {known}"
            raise DeployError("several targets, and none is chosen", where=self.where, fix=fix)
        if not chosen:
            return Profile()
        where = self.where or FILE
        fix = did_you_mean(chosen, self.targets, noun="targets")
        raise DeployError(f"there is no target {chosen!r}", where=where, fix=fix)


def _not_toml(path: Path, said: str) -> DeployError:
    line = _LINE.search(said)
    where = f"{path}:{line[1]}" if line else str(path)
    reason = _LINE.sub("", said).strip().lower()
    return DeployError(f"not TOML: {reason}", where=where)


@dataclass(frozen=True, slots=True)
class _File:
    """The text that a profile was read from, to name its lines."""

    path: Path
    text: str

    def profiles(self, document: Mapping[str, object]) -> Profiles:
        for key in document:
            if key not in _TOP:
                fix = did_you_mean(key, _TOP, noun="keys")
                raise DeployError(f"unknown key {key!r}", where=self.line("", key), fix=fix)
        targets = document.get("targets", {})
        default = document.get("default", "")
        if not isinstance(targets, dict) or not all(map(_is_table, targets.values())):
            fix = "write [targets.NAME], and the target's keys below it"
            raise DeployError("targets are tables", where=self.line("", "targets"), fix=fix)
        if not isinstance(default, str) or (default and default not in targets):
            fix = did_you_mean(str(default), targets, noun="targets")
            what = f"the default {default!r} is no target"
            raise DeployError(what, where=self.line("", "default"), fix=fix)
        read = {name: self.profile(name, table) for name, table in targets.items()}
        return Profiles(read, default, str(self.path))

    def profile(self, name: str, table: Mapping[str, object]) -> Profile:
        for key, value in table.items():
            where = self.line(name, key)
            if key in _SECRETS:
                fix = "set FUNCS_USERNAME and FUNCS_PASSWORD, or FUNCS_TOKEN"
                raise DeployError(f"{FILE} holds no {key}", where=where, fix=fix)
            if key not in _KEYS:
                fix = did_you_mean(key, _KEYS, noun="keys")
                raise DeployError(f"a target has no key {key!r}", where=where, fix=fix)
            wanted = bool if key == "insecure" else str
            if not isinstance(value, wanted):
                word = "true or false" if wanted is bool else "text"
                raise DeployError(f"{key} is {word}, not {value!r}", where=where)
        values = dict(table)
        if values.get("ca"):
            values["ca"] = str(self.path.parent / str(values["ca"]))
        return Profile(name=name, where=self.line(name), **values)  # type: ignore[arg-type]

    def line(self, target: str, key: str = "") -> str:
        """``funcs.toml:7``: the line of a key, as far as it is written the common way."""
        heading = re.compile(rf"\s*\[\s*targets\s*\.\s*[\"']?{re.escape(target)}[\"']?\s*\]")
        wanted = re.compile(rf"\s*(?:\[+\s*)?[\"']?{re.escape(key)}[\"']?\s*(?:[=.\]])")
        is_inside, at = not target, 0
        for number, line in enumerate(self.text.splitlines(), 1):
            if target and line.lstrip().startswith("["):
                is_inside = bool(heading.match(line))
                at = number if is_inside else at
            if is_inside and key and wanted.match(line):
                return f"{self.path}:{number}"
        return f"{self.path}:{at}" if at else str(self.path)


def _is_table(value: object) -> bool:
    return isinstance(value, dict)
