"""Runs a command that sees a function's folder at /opt/nuclio, as in an image of Nuclio's.

Run by path, `python -I -S mounted.py FOLDER COMMAND…`: it takes a mount namespace of its own,
mounts the folder there and becomes the command. Nothing is mounted for anyone else.
"""

from __future__ import annotations

import ctypes
import os
import sys

#: Where the folder of a function is in Nuclio's images.
PLACE = "/opt/nuclio"
#: The exit status where the kernel does not allow it.
NOT_ALLOWED = 111

_NEWNS, _NEWUSER = 0x0002_0000, 0x1000_0000
_BIND, _REC, _PRIVATE = 4096, 16384, 1 << 18

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> None:
    """Mount the first argument, a folder, and become the command that follows it.

    Raises:
        SystemExit: `NOT_ALLOWED`, after a line on stderr.
        OSError: the command cannot be run.
    """
    folder, *command = arguments
    standing = os.getcwd()  # noqa: PTH109 - pathlib would double the price of a start
    try:
        _take_namespace(os.getuid(), os.getgid())
        _mount(None, "/", _REC | _PRIVATE)
        if not os.path.isdir(PLACE):  # noqa: PTH112
            _make_place(*os.path.split(PLACE))
        _mount(folder, PLACE, _BIND | _REC)
    except OSError as error:
        sys.stderr.write(f"{PLACE} cannot be mounted: {error}\n")
        raise SystemExit(NOT_ALLOWED) from None
    os.chdir(standing)
    os.execvp(command[0], command)


def _take_namespace(user: int, group: int) -> None:
    """As root a mount namespace alone; else, or in a container, in a user namespace too."""
    library = ctypes.CDLL(None, use_errno=True)
    if user == 0 and library.unshare(_NEWNS) == 0:
        return
    _check(library.unshare(_NEWNS | _NEWUSER), "unshare")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123
            file.write(text)


def _make_place(parent: str, name: str) -> None:
    """A folder to mount on, where ``parent`` has none: an image of it in memory, with one more.

    Its old entries are mounted into the image, since a Python may live in /opt.
    """
    os.chdir(parent)  # the folder itself, also once the image covers it
    _mount("tmpfs", parent, 0, kind="tmpfs")
    for entry in os.scandir("."):
        target = os.path.join(parent, entry.name)  # noqa: PTH118
        if entry.is_symlink():
            os.symlink(os.readlink(entry.name), target)  # noqa: PTH115, PTH211
            continue
        if entry.is_dir():
            os.mkdir(target)  # noqa: PTH102
        else:
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
        _mount(entry.name, target, _BIND | _REC)
    os.mkdir(os.path.join(parent, name))  # noqa: PTH102, PTH118


def _mount(source: str | None, target: str, flags: int, *, kind: str | None = None) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    words = [word and os.fsencode(word) for word in (source, target, kind)]
    _check(library.mount(*words, ctypes.c_ulong(flags), None), target)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


if __name__ == "__main__":
    main(sys.argv[1:])
