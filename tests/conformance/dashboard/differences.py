"""Recorded exchanges that the emulated dashboard does not answer as the real one did, and why."""

from __future__ import annotations

DIFFERENCES = {
    "conc-post-1": "two requests at the same moment, both taken: here the later one is refused",
    "ev-put": "405 as recorded; the router's Allow lines depend on the id, and nobody reads them",
    "misc-templates": "33 kB of templates, which no deploy asks for; the recording has 2 kB of it",
}
