"""The names and bounds of the tape's format; docs/reference/tape.md tells it whole."""

from __future__ import annotations

from funcs.errors import FuncsError

#: The version of the format that is written, and the newest that is read.
VERSION = 1
#: How a file begins that is a tape of ours.
BEGINNING = b'{"tape":'

#: Stands for what was masked.
MASK = "***"

#: What a body may be so that it is kept; a file before the next is begun; how many are kept.
BODY_BYTES = 1024 * 1024
FILE_BYTES = 100 * 1024 * 1024
FILES = 5


#: What a line may be long; it holds an event's body and its answer's, both maybe as escapes.
LINE_BYTES = 256 * 1024 * 1024


class TapeError(FuncsError):
    """A tape cannot be written, or is none that can be read."""
