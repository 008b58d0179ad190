"""Readable, unique refs."""

from __future__ import annotations

import re
import unicodedata

_SLUG_LENGTH = 40
_TITLE_BREAK = re.compile(r"\s[-\u2013\u2014]\s|[:;]")


def slug(text: str) -> str:
    """The part of a heading before its first dash or colon in `[a-z0-9-]`; empty for other scripts."""
    plain = unicodedata.normalize("NFKD", _TITLE_BREAK.split(text, maxsplit=1)[0]).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    kept: list[str] = []
    for word in words:
        if kept and len("-".join([*kept, word])) > _SLUG_LENGTH:
            break
        kept.append(word[:_SLUG_LENGTH])
    return "-".join(kept)


class Refs:
    """Hands out each ref once; a name asked for again gets "-2", "-3" and so on."""

    def __init__(self) -> None:
        self._asked: dict[str, int] = {}
        self._given: set[str] = set()

    def take(self, name: str) -> str:
        ref = name
        while ref in self._given:
            self._asked[name] = self._asked.get(name, 1) + 1
            ref = f"{name}-{self._asked[name]}"
        self._given.add(ref)
        return ref


class Positions:
    """Names by position, "3.1.p1", "3.1.p2", below a name that is used once."""

    def __init__(self) -> None:
        self._names = Refs()
        self._name = ""
        self._count = 0

    def open(self, name: str) -> None:
        """Starts to count below another name, made unique."""
        self._name = self._names.take(name)
        self._count = 0

    def next(self) -> str:
        self._count += 1
        return f"{self._name}.p{self._count}" if self._name else f"p{self._count}"
