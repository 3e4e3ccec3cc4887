"""Runs a worker: what a processor starts as ``python -u _nuclio_wrapper.py --handler …``.

Python puts this file's folder on sys.path, where a name of ours would hide one of the user's:
it is taken off before anything is imported, and ``funcs`` is imported from beside this file,
whatever else of that name the user's folder holds.
"""

import sys


def main() -> None:
    """Become the worker that the command line describes; ends when the processor does."""
    folder = __file__.rpartition("/")[0]
    sys.path[:] = [path for path in sys.path if path != folder]
    root = folder.rpartition("/funcs/worker/wrapper")[0]
    sys.path.insert(0, root)
    import funcs.worker

    sys.path.remove(root)
    funcs.worker.run()


if __name__ == "__main__":
    main()
