"""Lines of a laid-out text, and the small questions that the parsers ask of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from aep_search.importer.decode import squeeze
from aep_search.importer.model import Footnote

_SENTENCE_END = re.compile(r"[.!?:;…。\uff01\uff1f\uff1a\uff1b။។][\"”\u2019'»)\]]*$")
ADDRESS = re.compile(r"(?:https?://|ftp://|www\.)\S+$", re.IGNORECASE)
_UNSPACED_SCRIPTS = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))


@dataclass(slots=True)
class Line:
    """A line that is not blank: `gap` blank lines stand above it, `fresh` says that a page begins with it.

    `paused` says that two blanks end it, which many PDF writers leave at the end of a paragraph.
    """

    number: int
    text: str
    gap: int
    fresh: bool = False
    indented: bool = False
    paused: bool = False
    page: int = 0
    notes: list[Footnote] = field(default_factory=list)


def split_lines(text: str) -> list[Line]:
    """The lines that are not blank; a form feed makes the line after it fresh."""
    lines: list[Line] = []
    gap, feed = 0, False
    for number, raw in enumerate(text.split("\n"), start=1):
        squeezed = squeeze(raw)
        if not squeezed:
            gap += 1
            feed = feed or "\f" in raw
            continue
        ahead = raw[: len(raw) - len(raw.lstrip())]
        lines.append(Line(number, squeezed, gap, feed or "\f" in ahead, bool(ahead), raw.endswith("  ")))
        gap, feed = 0, "\f" in raw[len(ahead) :]
    return lines


def ends_sentence(text: str) -> bool:
    return _SENTENCE_END.search(text[-4:]) is not None


def opens(text: str) -> bool:
    """Whether the text could open a sentence: scripts without capitals always can."""
    first = text.lstrip("“”\u2018\u2019\"'„«(")[:1]
    return bool(first) and not first.islower()


def is_address(text: str) -> bool:
    return ADDRESS.match(text) is not None


def join(parts: Iterable[str]) -> str:
    """One running text from wrapped lines.

    A hyphen that ends a line is kept and takes no blank, since compounds are broken at their hyphen; a soft
    hyphen disappears; scripts that write no blanks between words get none.
    """
    joined: list[str] = []
    for part in filter(None, parts):
        if joined:
            _append(joined, part)
        else:
            joined.append(part)
    return "".join(joined).rstrip("\u00ad")


def _append(joined: list[str], part: str) -> None:
    last = joined[-1]
    if last.endswith("\u00ad"):
        joined[-1] = last[:-1]
    elif not (re.search(r"\w-$", last[-2:]) or (_unspaced(last[-1]) and _unspaced(part[0]))):
        joined.append(" ")
    joined.append(part)


def _unspaced(character: str) -> bool:
    code = ord(character)
    if any(low <= code <= high for low, high in _UNSPACED_SCRIPTS):
        return True
    wide = unicodedata.east_asian_width(character) in "WF"
    return wide and not unicodedata.name(character, "").startswith("HANGUL")
