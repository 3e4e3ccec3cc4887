"""The tape of a processor, where its settings ask for one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from funcs.processor.config import Function
    from funcs.settings import Settings
    from funcs.tape.recorder import Recorder

_FOLDER = "/opt/nuclio"


def recorder_of(
    settings: Settings,
    function: Function,
    environ: Mapping[str, str],
    *,
    warn: Callable[[str], None],
) -> Recorder | None:
    """An observer that records; none unless `Settings.record` names a file.

    ``environ`` is the workers'; ``warn`` is told if recording has to stop.

    Raises:
        TapeError: the file cannot be written to, or is something else.
    """
    if not settings.record:
        return None
    from funcs.tape.masking import Masking  # most functions record nothing
    from funcs.tape.recorder import Limits, Recorder

    limits = Limits(settings.record_body_bytes, settings.record_file_bytes, settings.record_files)
    about = about_function(function, settings, environ)
    masking = Masking(settings.record_mask)
    return Recorder(settings.record, about, masking=masking, limits=limits, warn=warn)


def about_function(
    function: Function, settings: Settings, environ: Mapping[str, str]
) -> dict[str, Any]:
    """What a tape says of the function: name, version, a digest of its code."""
    import os

    import funcs
    from funcs.tape.digest import code_digest

    folder = (environ.get("NUCLIO_PYTHON_PATH") or _FOLDER).split(os.pathsep)[0]
    return {
        "function": function.name,
        "version": function.version,
        "digest": code_digest(folder),
        "funcs": funcs.__version__,
        "nuclio": settings.nuclio,
    }
