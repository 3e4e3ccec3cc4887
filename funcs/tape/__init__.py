"""Tapes: what a function was sent and what it answered, a line of JSON for each event.

Written by whoever serves the function, so a worker's floor is below; read by whoever sends it
again. docs/reference/tape.md is the format.
"""
