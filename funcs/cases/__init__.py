"""Events in files beside a function, and what their answers should be.

Reads ``events/*.json``, Nuclio's saved events and CloudEvents; it must not know how they are
sent.
"""
