"""pip, made to see another machine's environment markers: run as a script, never imported.

``pip download --platform … --python-version …`` chooses wheels for the machine named, but asks
the interpreter that runs pip whether ``; python_version < "3.11"`` holds: the wrong dependencies
come then, or none. The first argument is the environment to see instead, as JSON.
"""

from __future__ import annotations

import json
import runpy
import sys


def main() -> None:
    """Run pip on the rest of the command line."""
    from pip._vendor.packaging import markers

    seen = json.loads(sys.argv.pop(1))
    vars(markers)["default_environment"] = lambda: dict(seen)
    sys.argv[0] = "pip"
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
