"""The arguments that say where a function goes, and what the commands about it share."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from funcs.cli.numbers import seconds
from funcs.errors import DeployError, FuncsError

if TYPE_CHECKING:
    from funcs.deploy.platform import Platform
    from funcs.deploy.target import Target
    from funcs.spec import FunctionSpec

_PROJECT = "nuclio.io/project-name"
#: How long a deploy is waited for, and what it takes beside the function's own start.
_PATIENCE_S, _OWN_WAYS_S = 300.0, 60.0
_NAME = re.compile(r"[\w./-]+", re.ASCII)
#: nuctl's words before a function's name.
_NUCTL_NOUNS = ("function", "functions", "func", "fn")


def add_target_arguments(parser: argparse.ArgumentParser, *, waits: bool = True) -> None:
    """Take the target, with nuctl's letters; ``waits``: and how long to wait for it."""
    group = parser.add_argument_group(
        "where", "flags win over FUNCS_* variables, and those over the target of funcs.toml"
    )
    add = group.add_argument
    add("--target", dest="at", default="", metavar="NAME", help="a target of funcs.toml")
    add("--platform", default="", metavar="P", help="nuclio, kube or docker (nuclio)")
    add("--url", "--api-url", default="", metavar="U", help="the dashboard's address")
    add("-n", "--namespace", default="", metavar="NAME", help="(nuclio; default; funcs)")
    add("--project-name", default="", metavar="NAME", help="the project in Nuclio (default)")
    add("--context", default="", metavar="NAME", help="kubectl's context")
    add("--ca", default="", metavar="FILE", help="the certificate authority of the dashboard")
    if waits:
        usage = "how long to wait (300; readinessTimeoutSeconds and a minute, if that is longer)"
        add("--timeout", type=seconds, default=None, metavar="SECONDS", help=usage)


def resolve_target(
    args: argparse.Namespace, folder: Path, spec: FunctionSpec | None = None
) -> Target:
    """The target that the arguments, the environment and funcs.toml agree on.

    Raises:
        DeployError: there is none, or it cannot be one.
    """
    from funcs.deploy.profile import Profile
    from funcs.deploy.target import Target

    wanted = Profile(
        name=args.at,
        platform=args.platform,
        url=args.url,
        namespace=args.namespace,
        project=args.project_name,
        context=args.context,
        ca=args.ca,
        registry=getattr(args, "registry", ""),
        gateway=getattr(args, "gateway", ""),
        serve_at=getattr(args, "serve_at", ""),
    )
    metadata = spec.metadata if spec is not None else None
    return Target.resolve(
        wanted,
        os.environ,
        folder if folder.is_dir() else folder.parent,
        namespace=metadata.namespace if metadata is not None else "",
        project=metadata.labels.get(_PROJECT, "") if metadata is not None else "",
    )


@contextmanager
def platform_at(
    target: Target, args: argparse.Namespace, folder: Path, spec: FunctionSpec | None = None
) -> Iterator[Platform]:
    """The client of a target, closed at the end; it waits for as long as ``spec`` may take."""
    from funcs.cli.terminal import paint_for
    from funcs.deploy.platform import Session, platform_of
    from funcs.progress.deploy import Steps

    progress = Steps(sys.stderr, paint_for(sys.stderr, os.environ))
    timeout_s = args.timeout or patience_s(spec)
    session = Session(target, progress, os.environ, folder.resolve(), timeout_s=timeout_s)
    platform = platform_of(session)
    try:
        yield platform
    finally:
        platform.close()


def patience_s(spec: FunctionSpec | None) -> float:
    """How long a deploy is waited for where nobody says."""
    said = spec.spec.readiness_timeout_seconds if spec is not None else 0
    return max(_PATIENCE_S, said + _OWN_WAYS_S if said else 0.0)


def named_function(args: argparse.Namespace, words: list[str], folder: Path) -> tuple[str, Target]:
    """The function that is meant, and where: a word that is no noun of nuctl's, or the folder's.

    ``.``, ``..`` and what ends with a slash is a folder too, as in `funcs deploy`.

    Raises:
        FuncsError: several are named, or none and the folder holds none; or there is no target.
    """
    names = without_noun(words)
    if len(names) > 1:
        raise DeployError(f"one function at a time, not {len(names)}")
    return function_meant(args, names[0] if names else "", folder)


def function_meant(args: argparse.Namespace, word: str, folder: Path) -> tuple[str, Target]:
    """The function that a word means, and where: its name, or a folder; empty for this one.

    Raises:
        FuncsError: the folder holds no function; or there is no target.
    """
    if word and not (word in (".", "..") or word.endswith("/")):
        return word, target_of(args, word, folder)
    folder = folder / word
    from funcs.spec import FunctionSpec

    try:
        spec = FunctionSpec.of(folder)
    except FuncsError as error:
        fix = "name the function, or go to its folder"
        raise DeployError(f"which function? {error.what}", fix=fix) from error
    return spec.name, resolve_target(args, folder, spec)


def target_of(args: argparse.Namespace, name: str, folder: Path) -> Target:
    """Where a function is; that of the folder is where its function.yaml says.

    An empty ``name`` is any. A function.yaml that is not valid says nothing.

    Raises:
        DeployError: there is no target, or it cannot be one.
    """
    from funcs.spec import FunctionSpec

    spec = None
    if (folder / "function.yaml").is_file():
        with suppress(FuncsError):
            spec = FunctionSpec.of(folder)
    if spec is not None and name and name.removesuffix("-canary") != spec.name:
        spec = None
    return resolve_target(args, folder, spec)


def without_noun(words: list[str]) -> list[str]:
    """The words without nuctl's ``function`` before them.

    What no platform would have taken may have been meant for a shell, and a dashboard has one. A
    ``/`` passes: it names a folder, or a function that another client broke its list with.

    Raises:
        DeployError: one of them is empty, or can be no function's name.
    """
    if not all(words):
        raise DeployError("a function's name is empty", fix="name it, or leave it out")
    for word in words:
        if not _NAME.fullmatch(word):
            fix = "see which there are: funcs get"
            raise DeployError(f"no function can be called {word!r}", fix=fix)
    return words[1:] if words and words[0] in _NUCTL_NOUNS else list(words)
