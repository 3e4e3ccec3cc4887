"""A folder that is no function yet: what is in it, and the function.yaml that makes it one.

Code is read, never run; nothing that is there is changed.
"""
