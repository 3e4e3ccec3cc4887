"""``python -m funcs.processor``."""

from __future__ import annotations

import sys

from funcs.processor.command import main

if __name__ == "__main__":
    sys.exit(main())
