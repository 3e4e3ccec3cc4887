"""``python -m funcs``: the same as ``funcs``."""

from __future__ import annotations

import sys

from funcs.cli.main import main

sys.exit(main())
