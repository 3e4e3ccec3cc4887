"""Sends `funcs invoke`'s request to a function where it is deployed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from funcs.cli.targets import named_function, platform_at

if TYPE_CHECKING:
    from funcs.emulator.answer import Answer


def call_deployed(
    args: argparse.Namespace,
    method: str,
    headers: Sequence[tuple[str, str]],
    body: bytes | None,
) -> Answer:
    """The answer of the function that is named, or whose folder is; at the target of ``args``.

    Raises:
        DeployError: there is no target, or no such function, or it cannot be reached.
    """
    from funcs.deploy.platform import Request

    place = Path(args.target)
    folder = place if place.is_dir() else Path.cwd()
    name, where = named_function(args, [] if place.is_dir() else [args.target], folder)
    request = Request(method, args.path, headers, body, args.timeout)
    with platform_at(where, args, folder) as platform:
        return platform.call(name, request, is_direct=args.direct)
