"""Says which sources are no Python: also run as a script, by another Python, the image's.

Standard input is the names of files, standard output one answer for each, both as lists in JSON:
null, or what is wrong and in which line.
"""

from __future__ import annotations

import json
import sys
import warnings

_ONLY_A_TREE = 0x400  # ast.PyCF_ONLY_AST: ast itself takes as long to import as a small build


def complaint(name: str, feature: int = -1) -> tuple[str, int] | None:
    """What keeps the file ``name`` from being Python, and the line; None where nothing does.

    ``feature`` is an earlier minor version, of which the grammar alone is known here; -1 for none.
    """
    try:
        with open(name, "rb") as stream:  # noqa: PTH123 - pathlib takes longer than all the rest
            source = stream.read()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, name, "exec", dont_inherit=True)
            if feature >= 0:
                compile(source, name, "exec", _ONLY_A_TREE, True, _feature_version=feature)
    except SyntaxError as error:
        return str(error.msg), error.lineno or 1
    except ValueError as error:  # a byte 0, in some versions
        return str(error), 1
    except (OSError, RecursionError, MemoryError):
        return None  # who reads it says so; or nobody can tell
    return None


def main() -> None:
    """Answer what is asked."""
    json.dump([complaint(name) for name in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main()
