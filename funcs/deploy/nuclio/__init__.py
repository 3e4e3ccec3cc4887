"""Nuclio's dashboard over REST: one class per call, and what is made of them."""
