"""Numbers and times as arguments take them; a wrong one is wrong usage, in a sentence."""

from __future__ import annotations

import argparse
import math

#: What a socket can wait is not much more than a year.
_MOST_S = 1e7
_MOST_SPEED = 1e6


def seconds(text: str) -> float:
    """A time that is more than none, and ends.

    >>> seconds("0.5")
    0.5
    """
    number = _number(text)
    if not 0 < number < _MOST_S:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return number


def count(text: str) -> int:
    """A whole number from 0."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0")
    return int(text)


def tolerance(text: str) -> float:
    """A number from 0."""
    number = _number(text)
    if not number >= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0")
    return number


def speed(text: str) -> float:
    """``1x`` as 1.0, ``max`` as 0."""
    if text == "max":
        return 0.0
    number = _number(text.removesuffix("x"))
    if not 0 < number < _MOST_SPEED:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed: write 1x, 0.5x, 10x or max")
    return number


def duration(text: str) -> str:
    """A duration as Go writes it, which platforms are told as it is; or nothing."""
    from funcs.processor.duration import parse_duration

    try:
        parse_duration(text or "0")
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}: write 10m, or 1h30m") from None
    return text


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
