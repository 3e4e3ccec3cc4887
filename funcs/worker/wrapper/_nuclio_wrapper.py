"""Runs a worker: what a processor starts as ``python -u _nuclio_wrapper.py --handler …``.

Python puts this file's folder on sys.path, where a name of ours would hide one of the user's: it
is taken off before anything is imported. ``funcs`` itself is imported from beside this file,
whatever else of that name the user's folder holds.
"""

import gc
import sys


def main() -> None:
    """Become the worker that the command line describes, until its processor ends."""
    own, inside = sys.path[0], "/funcs/worker/wrapper"
    if own.endswith(inside):
        sys.path[0] = own[: -len(inside)] or "/"
        import funcs

        del sys.path[0], funcs
    gc.disable()  # what is imported stays: looking for garbage in it is a tenth of the start
    from os import environ

    from funcs.worker.command import main as work

    gc.freeze()
    gc.enable()
    work(sys.argv[1:], environ)


if __name__ == "__main__":
    main()
