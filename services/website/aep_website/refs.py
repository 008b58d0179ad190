"""References of paragraphs in words: `annex-2.17` is item 17 of annex 2. The address itself stays as it is."""

from __future__ import annotations

import re
from collections.abc import Callable

Translate = Callable[[str], str]

_SECTION = re.compile(r"(\d+(?:\.\d+)*)\.p(\d+)")
_ANNEX_PART = re.compile(r"annex-(\d+)\.(\d+)\.p(\d+)")
_ANNEX_ITEM = re.compile(r"annex-(\d+)\.(\d+)")
_NAMED = re.compile(r"([a-z][a-z-]*)\.p(\d+)")


def in_words(ref: str, translate: Translate) -> str:
    """What a paragraph is called on a page."""
    if ref.startswith("before-") and ref[7:].isdigit():
        return translate("Introduction before paragraph %(number)s") % {"number": ref[7:]}
    if found := _ANNEX_PART.fullmatch(ref):
        annex, part, number = found.groups()
        return translate("Annex %(annex)s, part %(part)s, paragraph %(number)s") % {
            "annex": annex,
            "part": part,
            "number": number,
        }
    if found := _ANNEX_ITEM.fullmatch(ref):
        return translate("Annex %(annex)s, item %(number)s") % {"annex": found[1], "number": found[2]}
    if found := _SECTION.fullmatch(ref):
        return translate("Section %(section)s, paragraph %(number)s") % {"section": found[1], "number": found[2]}
    if found := _NAMED.fullmatch(ref):
        section = found[1].replace("-", " ").capitalize()
        return translate("%(section)s, paragraph %(number)s") % {"section": section, "number": found[2]}
    return translate("Paragraph %(number)s") % {"number": ref}
