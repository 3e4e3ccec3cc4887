"""Numbers and times as arguments take them; a wrong one is wrong usage, in a sentence."""

from __future__ import annotations

import argparse
import math


def seconds(text: str) -> float:
    """A time that is more than none, and ends.

    >>> seconds("0.5")
    0.5
    """
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return number


def count(text: str) -> int:
    """A whole number from 0."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0")
    return int(text)


def duration(text: str) -> str:
    """A duration as Go writes it, which platforms are told as it is; or nothing."""
    from funcs.processor.duration import parse_duration

    try:
        parse_duration(text or "0")
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}: write 10m, or 1h30m") from None
    return text
