"""Fixtures for the tests of a function: `funcs_client` and `emulator`.

pytest loads this in every run of whoever has funcs installed: nothing is imported before a
fixture is used.
"""

from __future__ import annotations
