"""Compares answers: what was expected with what came, value by value.

Knows JSON, tensors, text and bytes; it must not know where either side is from.
"""
