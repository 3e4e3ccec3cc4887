"""The command line: where settings, files and streams of the outside are read, and nowhere else.

A command is a module with ``add_arguments(parser)`` and ``run(args) -> int``, named in the table
of ``funcs.cli.main`` and imported when it is chosen.
"""
