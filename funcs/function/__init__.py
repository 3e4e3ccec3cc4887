"""A function in a notebook: what is an object there is tried, built, deployed and replayed.

It joins the rooms that the command line joins: `funcs.testing` tries it, `funcs.packaging` builds
it, `funcs.deploy` brings it to a platform, `funcs.replay` sends it what was recorded.
"""

from __future__ import annotations

from funcs.function.function import Function

__all__ = ["Function"]
