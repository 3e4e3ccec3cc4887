"""What a handler counts and measures: its metrics, the memory they lie in, the page they make.

A worker writes its metrics' values into memory that its processor reads (`memory`); both make
Prometheus' text of them by the same code (`family`).
"""
