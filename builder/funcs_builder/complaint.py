"""Reads what pip or uv said when it failed, and says it as one of our sentences."""

from __future__ import annotations

import re

from funcs_builder.errors import BuildError
from funcs_builder.target import Target

__all__ = ["complaint"]

_LINES = 6
_REFUSED = re.compile(
    r"\b(401|403)\b[^\n]*(?:error|unauthorized|forbidden)|(?:error|status)[^\n]*\b(401|403)\b", re.I
)
_UNREACHED = re.compile(
    r"connection error|Failed to fetch|NewConnectionError|NameResolutionError|ConnectTimeout"
    r"|tcp connect|dns error|timed out|CERTIFICATE_VERIFY_FAILED|invalid peer certificate"
    r"|ProxyError|SSLError",
    re.I,
)
_FULL = re.compile(r"No space left on device|Disk quota exceeded", re.I)
_HASHES = re.compile(r"DO NOT MATCH THE HASHES|Expected sha256", re.I)
_CONFLICT = re.compile(r"conflicting dependencies|ResolutionImpossible|are incompatible", re.I)
_NONE = re.compile(r"No matching distribution found for (?P<what>[^\n(]+)")
_VERSIONS = re.compile(r"\(from versions: (?P<versions>[^)]*)\)")
_UV_NO_WHEEL = re.compile(
    r"(?P<what>\S+?)(?:[=<>]=?\S+)? has no (?:usable )?wheels(?P<rest>[^\n]*)", re.I
)
_UV_UNKNOWN = re.compile(r"(?P<what>\S+) was not found in the (?:package registry|provided)")
#: What pip logs, and what uv says, where --no-index leaves the folders of wheels alone.
_FOLDERS_ALONE = re.compile(r"Ignoring indexes:|not found in the provided package locations")
_BAD_LINE = re.compile(r"Invalid requirement: (?P<line>[^\n]*)|Couldn't parse requirement", re.I)
_CREDENTIALS = re.compile(r"(//)[^/@\s]+@")
_NOISE = re.compile(r"^(?:ERROR|error|WARNING|warning|  cause|cause): ")
_ADVICE = re.compile(r"^(?:hint:|Looking in|To fix this|Additionally, some|For help)|pip\.pypa\.io")
_UV_NO_VERSION = re.compile(r"there is no version of (?P<what>\S+)")
_DOCKER = "run: funcs build --engine docker, which builds it in the image"


def complaint(said: str, log: str, target: Target) -> BuildError:
    """Why the packages of ``target`` cannot be had, as far as the tool says it.

    ``said`` is what it printed, ``log`` pip's own log: it alone tells which files pip passed over.
    """
    said = _CREDENTIALS.sub(r"\1", said)
    # a link's address may hold any word
    both = "\n".join([said, *(line for line in log.splitlines() if "link" not in line)])
    if _FULL.search(both):
        fix = "free space where wheels are kept, or on the disk of TMPDIR"
        return BuildError("the disk is full: the packages cannot be kept", fix=fix)
    if _HASHES.search(said):
        fix = "take the hashes from the index again: uv pip compile --generate-hashes"
        return BuildError(f"a package is not the one that was pinned: {_short(said)}", fix=fix)
    if _BAD_LINE.search(said):
        return BuildError(f"a requirement cannot be read: {_short(said)}", fix="correct the line")
    if _CONFLICT.search(said):
        return _conflict(said)
    if _REFUSED.search(both):
        what = f"the package index refused us: {_line(both, _REFUSED)}"
        return BuildError(what, fix="give pip its credentials: a netrc file, or its keyring")
    if _UNREACHED.search(both):
        what = f"the package index cannot be reached: {_line(both, _UNREACHED)}"
        fix = "check the network and `pip config list`, or use --no-index --find-links FOLDER"
        return BuildError(what, fix=fix)
    return _unsolved(said, log, target)


def _unsolved(said: str, log: str, target: Target) -> BuildError:
    found = _NONE.search(said)
    if found:
        return _no_match(found["what"].strip(), said, log, target)
    found = _UV_NO_WHEEL.search(said)
    if found and "ABI tag" not in said and "platform tag" not in said:
        return _source_only(found["what"], target)
    if found:
        return _other_wheels(found["what"], target)
    found = _UV_UNKNOWN.search(said)
    if found:
        return _unknown(found["what"], said)
    found = _UV_NO_VERSION.search(said)
    if found:
        fix = "ask for a version that is in the index"
        return BuildError(f"there is no {found['what']} for {target}", fix=fix)
    if "unsatisfiable" in said:
        return _conflict(said)
    return BuildError(f"the packages cannot be had: {_short(said)}", fix="correct requirements.txt")


def _conflict(said: str) -> BuildError:
    what = f"the requirements contradict each other: {_short(said)}"
    return BuildError(what, fix="change one of them, e.g. widen its versions")


def _no_match(wanted: str, said: str, log: str, target: Target) -> BuildError:
    """What pip did not find; its log says which files it passed over, and why."""
    name, _, pin = re.sub(r"\[.*?\]|\s", "", wanted).partition("==")
    name = re.split(r"[<>=!~;@]", name)[0]
    found = _VERSIONS.search(said)
    versions = found["versions"] if found else "none"
    passed = [line for line in log.splitlines() if "Skipping link" in line and _is_of(line, name)]
    if pin:
        passed = [line for line in passed if f"-{pin}" in line]
    if any("none of the wheel's tags" in line for line in passed):
        return _other_wheels(wanted, target)
    if any("No sources permitted" in line for line in passed):
        return _source_only(wanted, target)
    if versions == "none":
        return _unknown(name, log)
    last = ", ".join(versions.split(", ")[-5:])
    return BuildError(f"there is no {wanted} for {target}", fix=f"ask for one that is: {last}")


def _is_of(line: str, name: str) -> bool:
    loose = re.sub(r"[-_.]+", "[-_.]+", name)
    return re.search(rf"/{loose}-[^/]*$|/{loose}-\d|for {loose}\b", line, re.I) is not None


def _source_only(name: str, target: Target) -> BuildError:
    what = f"{name} comes as source code only, and images are made of wheels"
    return BuildError(what, where=str(target), fix=_DOCKER)


def _other_wheels(name: str, target: Target) -> BuildError:
    what = f"{name} has wheels for others, none for {target}"
    return BuildError(what, fix=f"ask for another version or platform, or {_DOCKER}")


def _unknown(name: str, told: str) -> BuildError:
    if _FOLDERS_ALONE.search(told):
        fix = f"put one there (pip download {name}), or leave --no-index out"
        return BuildError(f"no wheel of {name!r} is in the folders of --find-links", fix=fix)
    fix = "correct its name; if it is private, give pip its index (pip config list)"
    return BuildError(f"no package {name!r} is in the index", fix=fix)


def _line(text: str, pattern: re.Pattern[str]) -> str:
    found = next(line for line in text.splitlines() if pattern.search(line))
    bare = re.sub(r"^\d{4}-\d\d-\d\dT[\d:,]+\s+", "", found).strip()
    return _CREDENTIALS.sub(r"\1", _NOISE.sub("", bare))[:300]


def _short(said: str) -> str:
    """What counts of it: the complaint's own lines, without progress and advice."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    start = next((i for i, line in enumerate(lines) if _NOISE.match(line)), 0)
    kept = [_NOISE.sub("", line) for line in lines[start:] if not _ADVICE.search(line)]
    return "\n       ".join(kept[:_LINES])
