"""Holds the wheel to the repository: every tracked file of the shipped folders, nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: Where each shipped folder lies in the wheel.
PLACES = {
    "funcs/": "funcs/",
    "builder/funcs_builder/": "funcs_builder/",
    "handlers/": "funcs/_data/handlers/",
    "templates/": "funcs/_data/templates/",
}


def expected() -> set[str]:
    """The names that the wheel must hold, from git's list of files."""
    line = ["git", "-C", str(ROOT), "ls-files", *PLACES]
    names = subprocess.run(line, capture_output=True, text=True, check=True).stdout.split("\n")
    return {
        place + name.removeprefix(folder)
        for name in names
        for folder, place in PLACES.items()
        if name.startswith(folder)
    }


def main(wheel: str) -> int:
    """Print what is missing and what is too much; 1 if anything is."""
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = expected()
    for name in sorted(wanted - found):
        print(f"missing from the wheel: {name}")
    for name in sorted(found - wanted):
        print(f"in the wheel, not in git: {name}")
    print(f"wheel: {len(found)} files")
    return int(found != wanted)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
