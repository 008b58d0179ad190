"""Highlights and snippets, computed from the stored text of the few hits shown.

They carry plain text and ranges in code points, never markup: whoever renders them escapes the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from aep_search.index.port import Highlighted, Text
from aep_search.index.query import Query
from aep_search.index.text.matcher import Match, matcher

SNIPPET = 240
_MOST_MATCHES = 300
_SEARCH_BLANK = 30


class Shown(NamedTuple):
    """How a hit is shown: one of its languages, with title and snippet in it."""

    language: str | None
    title: Highlighted
    snippet: Highlighted


def show(query: Query, texts: Mapping[str, Text], prefer: Sequence[str]) -> Shown:
    """The text that matches most clauses; the reader's own languages, in their order, win a tie."""
    tags = [*(tag for tag in prefer if tag in texts), *sorted(set(texts) - set(prefer))]
    best, shown = -1, Shown(None, Highlighted(""), Highlighted(""))
    find = matcher(query).matches
    for tag in tags:
        text = texts[tag]
        title, body = find(text.title, tag), find(text.body, tag)
        if (clauses := len({match.clause for match in (*title, *body)})) > best:
            best, shown = clauses, Shown(tag, _whole(text.title, title), _cut(text.body, body, SNIPPET))
    return shown


def highlight(query: Query, text: str, language: str) -> Highlighted:
    """The whole text with everything that the query matches in it."""
    return _whole(text, matcher(query).matches(text, language))


def snippet(query: Query, text: str, language: str, length: int = SNIPPET) -> Highlighted:
    """The part of the text with most of what the query asks for, cut between words, with "…" at a cut."""
    return _cut(text, matcher(query).matches(text, language), length)


def _whole(text: str, matches: Sequence[Match]) -> Highlighted:
    return Highlighted(text, _merged(matches))


def _cut(text: str, matches: Sequence[Match], length: int) -> Highlighted:
    start, end = _window(text, matches[:_MOST_MATCHES], length)
    lead, trail = "…" if start else "", "…" if end < len(text) else ""
    shift = len(lead) - start
    inside = _merged(match for match in matches if start <= match.start and match.end <= end)
    ranges = tuple((first + shift, last + shift) for first, last in inside)
    return Highlighted(f"{lead}{text[start:end]}{trail}", ranges)


def _merged(matches: Iterable[Match]) -> tuple[tuple[int, int], ...]:
    """The ranges in order, overlapping ones as one."""
    merged: list[tuple[int, int]] = []
    for start, end, _ in sorted(matches):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _window(text: str, matches: Sequence[Match], length: int) -> tuple[int, int]:
    if len(text) <= length:
        return 0, len(text)
    first = max(matches, key=lambda match: _worth(matches, match.start, length), default=Match(0, 0, 0))
    # Some words before the first match say what it is about.
    start = max(0, min(first.start - length // 4, len(text) - length))
    start = _after_blank(text, start, min(first.start, start + _SEARCH_BLANK))
    end = min(len(text), max(start + length, first.end))
    return start, _before_blank(text, end, max(first.end, end - _SEARCH_BLANK))


def _worth(matches: Sequence[Match], start: int, length: int) -> tuple[int, int, int]:
    """Different clauses first, then matches, then the earlier place."""
    end = start + length * 3 // 4
    inside = [match.clause for match in matches if start <= match.start and match.end <= end]
    return len(set(inside)), len(inside), -start


def _after_blank(text: str, start: int, latest: int) -> int:
    """The next place after a blank; the start itself in scripts without blanks."""
    if start == 0:
        return 0
    return next((at for at in range(start, latest + 1) if text[at - 1].isspace()), start)


def _before_blank(text: str, end: int, earliest: int) -> int:
    if end == len(text):
        return end
    return next((at for at in range(end, earliest - 1, -1) if text[at].isspace()), end)
