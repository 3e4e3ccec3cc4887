"""Where an image of funcs has its own processor.yaml, and how it waits for a platform's.

Nuclio's dashboard writes the mounted file while the container starts: it may come a moment later,
or be the one of the deploy before (1.14: pkg/platform/local). A deploy that sets
``FUNCS_DEPLOY_ID`` in ``spec.env`` has it both in the container's environment and in the file.
"""

from __future__ import annotations

import os.path

from funcs.errors import ProcessorError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The folder of the record of what was built.
PLACE = "/opt/funcs"
#: The variable that names a deploy.
DEPLOY_ID = "FUNCS_DEPLOY_ID"
_PAUSE_S = 0.02
#: A file that is to come is waited for so long: well below a platform's own patience.
_PATIENCE_S = 30.0
_MOUNT_PATIENCE_S = 3.0


def chosen_config(
    mounted: str,
    environ: Mapping[str, str],
    *,
    own: str = f"{PLACE}/processor.yaml",
    pause: Callable[[float], object] | None = None,
) -> str:
    """The processor.yaml to read: ``mounted``, or the image's ``own`` where nothing is mounted.

    With a deploy id in the environment a mounted one is waited for until it has the same id;
    without, until it is there. ``pause`` is called between two looks, with seconds.

    Raises:
        ProcessorError: the deploy's file did not come.
    """
    fallback = own if os.path.isfile(own) else mounted
    wanted = environ.get(DEPLOY_ID, "")
    if not os.path.isdir(os.path.dirname(mounted)):  # nothing is mounted, and nothing will be
        return fallback
    if _is_closed(mounted) or (not wanted and (_size(mounted) or fallback == mounted)):
        return mounted  # what nobody here may read is told by whoever reads it
    patience_s = _PATIENCE_S if wanted else _MOUNT_PATIENCE_S
    if _wait(mounted, wanted, patience_s, pause or _sleep):
        return mounted
    if not wanted:
        return own
    what = f"processor.yaml of deploy {wanted} did not come within {patience_s:g} s"
    fix = "deploy again; without a platform, do not set " + DEPLOY_ID
    raise ProcessorError(what, where=mounted, fix=fix)


def _wait(mounted: str, wanted: str, patience_s: float, pause: Callable[[float], object]) -> bool:
    waited_s = 0.0
    while not _is_there(mounted, wanted):
        if waited_s >= patience_s:
            return False
        pause(_PAUSE_S)
        waited_s += _PAUSE_S
    return True


def _is_there(mounted: str, wanted: str) -> bool:
    """Whether the file is whole enough to hold the id; a part of it is not YAML or lacks it."""
    from funcs.errors import SpecError
    from funcs.processor.document import Document

    if not _size(mounted):
        return False
    if not wanted:
        return True
    try:
        spec = Document.read(mounted).map("spec")
        given = {each.text("name"): each.text("value") for each in spec.maps("env")}
    except SpecError:
        return False
    return given.get(DEPLOY_ID) == wanted


def _is_closed(path: str) -> bool:
    """Whether it is there, or would be, and not for this user."""
    try:
        with open(path, "rb"):
            return False
    except PermissionError:
        return True
    except OSError:
        return False


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def _sleep(seconds: float) -> None:
    import time

    time.sleep(seconds)
