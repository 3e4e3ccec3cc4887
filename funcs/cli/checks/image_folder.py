"""Whether the function looks at /opt/nuclio, and can be shown it here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from funcs.cli.checks.finding import Check, Finding
from funcs.emulator.image_folder import is_allowed
from funcs.spec.image_paths import IMAGE_FOLDER, image_paths


def check_image_folder(folder: Path, *, may: Callable[[Path], bool] = is_allowed) -> Check | None:
    """Each place in the code that names /opt/nuclio; no check where none does.

    All is well if the kernel lets `funcs run` show the folder there; else each is a failure.
    """
    found = image_paths(folder)
    if not found or folder.resolve() == Path(IMAGE_FOLDER).resolve():
        return None
    if may(folder):
        said = "funcs run shows the folder there to the code, which names it"
        return Check(IMAGE_FOLDER, said)
    failures = tuple(
        Finding(f"{each.text!r} is not on this machine", f"{each.file}:{each.line}", each.fix)
        for each in found
    )
    return Check(IMAGE_FOLDER, failures=failures)
