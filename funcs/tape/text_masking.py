"""Masks what names call secret in a body that is no JSON.

That is forms, XML, and texts of ``name: value`` and ``name=value``: headers, YAML, a log, JSON
that was cut off. Each is gone through once, whatever stands in it, since a client chooses what
that is; where it is not clear how far a value goes, it goes further.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from funcs.tape.form import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: A name and the sign after it: ``name:``, ``"name":``, ``user[name]=``, ``:name =>``. Where none
#: of the letters stands that they begin with, none is tried.
_KEY = r"""(?ix) (?=[%s]) (?<!\w) (?:%s) (?!\w) ["'\]]*+ \s*+ (?: => | [=:] ) [^\S\n]*+"""
#: A field of a query within a header's value: a referrer, where to go next.
_IN_QUERY = re.compile(r"""(?<=[?&#;])([^=&#;\s"'>]++)=[^&#;\s"'>]++""")
_TAG = r"""(?ix) < ( (?: [\w.-]++ : )?+ (?:%s) ) (?= [\s/>] )"""
_TAG_END = re.compile(r"""(?x) (?: [^"'>] | "[^"]*+"? | '[^']*+'? )*+ >?""")
#: What ends an element, and where that is not looked for.
_ELEMENT = r"""(?isx) <!\[CDATA\[ (?: .*?\]\]> | .*+ ) | <!-- (?: .*?--> | .*+ )
    | < (?P<slash> /? ) %s (?= [\s/>] ) [^>]*+ >?"""
#: A text in quotes: Python's and TOML's of many lines, one with doubled quotes, JavaScript's.
_QUOTED = re.compile(
    r'''(?xs) """ (?: .*?""" | .*+ ) | \'{3} (?: .*?\'{3} | .*+ )
      | " (?: [^"\\] | \\. )*+ \\?+ "? | ' (?: [^'\\] | \\. | '' )*+ \\?+ '?
      | ` [^`]*+ `?'''
)
_BRACKET = re.compile(r"""(?xs) " (?: [^"\\] | \\. )*+ "? | ' (?: [^'\\] | \\. )*+ '? | [{}\[\]]""")
_BEFORE_QUOTES = "[{(,:= \t\r\n"
_ARMOURED = re.compile(r"(?s)-----BEGIN (?:.*?-----END[^\n]*+|.*+)")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
#: What indents a line; YAML's lists count as that.
_INDENT = re.compile(r"[^\S\n]*+(?:-[^\S\n]++)*+")
_SPACE = re.compile(r"\s*+")
_LINE = re.compile(r"([^\S\n]*+)([^\n]*+)\n?")
_FORM = re.compile(r"""[^\s=&"'<>{}:,;]*+[=&][^\n]*+\s*+\Z""")
_BOUNDARY = re.compile(r"\s*+(--[^\r\n]{1,200}+)\r?\n")
_PART_NAME = re.compile(r"""(?i)(?<!\w)name\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s;"]*+))""")
#: JSON is followed by what is none: OIP's tensors begin where a header says.
_BYTES = re.compile("[\0\udc80-\udcff]")
_BLANK_LINE = re.compile(r"\r?\n\r?\n")


class TextMasking:
    """Masks the values of ``names``; ``hides`` says of a form's field whether it is one of them."""

    def __init__(self, names: Sequence[str], hides: Callable[[str], bool]) -> None:
        words = "|".join(map(_pattern, sorted(names, key=len, reverse=True)))
        self._hides = hides
        firsts = {first for name in names for first in (name[0], name.lstrip("-_")[0])}
        letters = "".join(map(re.escape, sorted(firsts)))
        self._key = re.compile(_KEY % (letters, words))
        self._tag = re.compile(_TAG % words)

    def masked(self, text: str) -> str:
        """The text with the values masked; the same where there are none."""
        plain = _ESCAPED.sub(_letter, text)
        if _FORM.match(plain):
            masked = "&".join(self._fields(plain))
        elif boundary := _BOUNDARY.match(plain):
            masked = self._parts(plain, boundary[1])
        elif plain.startswith("{") and _BYTES.search(plain):
            masked = "".join(self._pairs(plain, is_measured=True))
        else:
            masked = self._plain(plain)
        return text if masked == plain else masked

    def _parts(self, text: str, boundary: str) -> str:
        """A form in several parts, each with its name in its head."""
        ends = re.compile(rf"(\n{re.escape(boundary)}(?=(?:--)?[^\S\n]*+(?:\n|\Z)))")
        parts = ends.split(text)
        parts[::2] = map(self._part, parts[::2])
        return "".join(parts)

    def _part(self, part: str) -> str:
        blank = _BLANK_LINE.search(part)
        if blank is None:
            return self._plain(part)
        head, content = part[: blank.end()], part[blank.end() :]
        if any(self._hides(one or other) for one, other in _PART_NAME.findall(head)):
            return f"{head}{MASK}\r" if content.endswith("\r") else f"{head}{MASK}"
        return head + self._plain(content)

    def _fields(self, form: str) -> Iterator[str]:
        """The fields of a form; what follows a secret one and has no name belongs to it."""
        is_hidden = False
        for field in form.split("&"):
            name, equals, _ = field.partition("=")
            if is_hidden and not equals:
                continue
            is_hidden = bool(equals) and self._hides(unquote_plus(name))
            if is_hidden:
                yield f"{name}={MASK}"
            else:
                yield self._plain(field) if self._key.search(field) else field

    def _plain(self, text: str) -> str:
        if text.lstrip("\ufeff \t\r\n").startswith("<"):
            text = "".join(self._elements(text))
        return "".join(self._pairs(text))

    def _elements(self, text: str) -> Iterator[str]:
        """XML in which elements of these names hold nothing but the mask."""
        at = 0
        while found := self._tag.search(text, at):
            yield f"{text[at : found.start()]}<{found[1]}>{MASK}</{found[1]}>"
            at = _element_end(text, found[1], _end(_TAG_END, text, found.end()))
        yield text[at:]

    def _pairs(self, text: str, *, is_measured: bool = False) -> Iterator[str]:
        """Text in which the mask stands after these names and a sign.

        Of one that ``is_measured`` spaces fill up what becomes shorter.
        """
        at = 0
        while found := self._key.search(text, at):
            start, end, mask = _value(text, found.start(), found.end())
            if is_measured:
                mask = mask.ljust(len(text[start:end].encode("utf-8", "surrogateescape")))
            yield text[at:start] + mask
            at = end
        yield text[at:]


def in_queries(text: str, hides: Callable[[str], bool]) -> str:
    """A header's value with those masked that a query within it gives, where ``hides`` says so."""

    def masked(field: re.Match[str]) -> str:
        return f"{field[1]}={MASK}" if hides(unquote_plus(field[1])) else field[0]

    return _IN_QUERY.sub(masked, text)


def _value(text: str, key: int, start: int) -> tuple[int, int, str]:
    """Where the value begins and ends whose name is at ``key``, and what stands in its place.

    It is a text in quotes, a list or an object in brackets, else the rest of the line and, as in
    YAML, the lines that are indented further.
    """
    first = _end(_SPACE, text, start)
    is_below = "\n" in text[start:first]
    sign = text[first : first + 1]
    if not sign:
        return start, start, ""
    if sign in "\"'`":
        end = _end(_QUOTED, text, first)
        if not is_below or not text.startswith(":", _end(_SPACE, text, end)):  # else it is a key
            return first, end, f"{sign}{MASK}{sign}"
    if sign in "{[":
        return first, _bracket_end(text, first), f'"{MASK}"'
    line = text.rfind("\n", 0, key) + 1
    indent = _end(_INDENT, text, line) - line
    if is_below:
        line = text.rfind("\n", 0, first) + 1
        is_list = sign == "-" and first - line == indent
        if first - line <= indent and not is_list:
            return start, start, ""
        return first, _block_end(text, line, indent, is_list=is_list), MASK
    armoured = _ARMOURED.match(text, first)
    end = _end(_LINE, text, armoured.end() if armoured else first)
    return first, max(_block_end(text, end, indent), _stripped(text, first, end)), MASK


def _block_end(text: str, start: int, indent: int, *, is_list: bool = False) -> int:
    """Where the last of the lines from ``start`` ends that are indented further, or a list's."""
    end = at = start
    while line := _LINE.match(text, at):
        depth, words = len(line[1]), line[2].rstrip()
        is_item = is_list and depth == indent and words.startswith("-")
        if line.end() == at or (words and depth <= indent and not is_item):
            break
        at = line.end()
        if words:
            end = line.start(2) + len(words)
    return end if end > start else 0


def _bracket_end(text: str, start: int) -> int:
    """Where the bracket at ``start`` is closed; the text's end where that is not clear."""
    depth = 0
    for found in _BRACKET.finditer(text, start):
        if found[0][0] in "\"'" and text[found.start() - 1] not in _BEFORE_QUOTES:
            break  # within a word of YAML, or before one quote that stands for two
        depth += found[0] in "{["
        depth -= found[0] in "}]"
        if not depth:
            return found.end()
    return len(text)


def _element_end(text: str, name: str, start: int) -> int:
    """Where the element ends whose first tag ends at ``start``."""
    if text.endswith("/>", 0, start):
        return start
    depth = 1
    for found in re.compile(_ELEMENT % re.escape(name)).finditer(text, start):
        if found["slash"] is not None and not found[0].endswith("/>"):
            depth += -1 if found["slash"] else 1
        if not depth:
            return found.end()
    return len(text)


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def _stripped(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())


def _letter(escaped: re.Match[str]) -> str:
    """What JSON's escape stands for, where a name may hold it."""
    letter = chr(int(escaped[1], 16))
    return letter if letter.isalnum() or letter in "-_" else escaped[0]


def _pattern(name: str) -> str:
    return "[-_]?".join(map(re.escape, re.split("[-_]", name)))
