"""Says which known name a mistyped one may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str], *, noun: str = "names") -> str:
    """A fix for an unknown ``word``: the nearest of the ``known``, and all of them.

    >>> did_you_mean("preproces", ["input", "preprocess"], noun="steps")
    "did you mean 'preprocess'? known steps: input, preprocess"
    """
    import difflib  # only an error needs it

    names = list(known)
    if not names:
        return f"there are no {noun} yet"
    everything = f"known {noun}: {', '.join(names)}"
    near = difflib.get_close_matches(word, names, n=1)
    return f"did you mean {near[0]!r}? {everything}" if near else everything
