"""A function as what the builder takes: its folder, its models, funcs' own wheel."""
