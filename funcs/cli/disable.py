"""`funcs disable`: stop a deployed function, and keep it to be started again."""

from __future__ import annotations

import argparse

from funcs.cli.enable import add_arguments, switch

__all__ = ["add_arguments", "run"]


def run(args: argparse.Namespace) -> int:
    """Stop it."""
    return switch(args, on=False)
