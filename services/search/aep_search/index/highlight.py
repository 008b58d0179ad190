"""Highlights and snippets, computed from the stored text of the few hits shown.

They carry plain text and ranges in code points, never markup: whoever renders them escapes the text.
"""

from collections.abc import Iterator, Mapping, Sequence

from .analysis import Token, analyse
from .port import Highlighted, Text
from .query import Query
from .terms import All, Alternative, Clause, Phrase, Prefix, Term

SNIPPET = 240
_LONGEST_ANALYSED = 20_000
_MOST_MATCHES = 300

_Span = tuple[int, int]


def highlight(query: Query, text: str, language: str) -> Highlighted:
    """The whole text with everything that the query matches in it."""
    spans = _merged(span for _, span in _matches(query, text, language))
    return Highlighted(text, tuple(spans))


def snippet(query: Query, text: str, language: str, length: int = SNIPPET) -> Highlighted:
    """The part of the text with most of what the query asks for, cut between words, with "…" at a cut."""
    matches = sorted(_matches(query, text, language), key=lambda match: match[1])[:_MOST_MATCHES]
    start, end = _window(text, matches, length)
    lead, trail = "…" if start else "", "…" if end < len(text) else ""
    inside = _merged(span for _, span in matches if start <= span[0] and span[1] <= end)
    shift = len(lead) - start
    ranges = tuple((first + shift, last + shift) for first, last in inside)
    return Highlighted(f"{lead}{text[start:end]}{trail}", ranges)


def best_language(query: Query, texts: Mapping[str, Text], prefer: Sequence[str]) -> str | None:
    """The language whose text matches most clauses; the reader's own languages win a tie."""
    tags = [*(tag for tag in prefer if tag in texts), *sorted(set(texts) - set(prefer))]
    if not query.clauses:
        return tags[0] if tags else None
    return max(tags, key=lambda tag: _clauses_matched(query, texts[tag], tag), default=None)


def _clauses_matched(query: Query, text: Text, tag: str) -> int:
    return len({clause for part in (text.title, text.body) for clause, _ in _matches(query, part, tag)})


def _matches(query: Query, text: str, language: str) -> Iterator[tuple[int, _Span]]:
    """Each match in the text with the number of its clause."""
    if not query.clauses:
        return
    tokens = analyse(text[:_LONGEST_ANALYSED], language)
    for number, clause in enumerate(query.clauses):
        for at in range(len(tokens)):
            if length := _match_length(clause, tokens, at):
                yield number, (tokens[at].start, tokens[at + length - 1].end)


def _match_length(clause: Clause, tokens: Sequence[Token], at: int) -> int:
    """How many tokens from this one on the clause matches."""
    return max((_tokens_matched(one, tokens, at) for one in clause.alternatives), default=0)


def _tokens_matched(wanted: Alternative, tokens: Sequence[Token], at: int) -> int:
    token = tokens[at]
    match wanted:
        case Term(stem, exact):
            return int(token.stem in stem or token.exact in exact)
        case Prefix(text):
            return int(token.exact.startswith(text))
        case All(parts):
            return max(_tokens_matched(part, tokens, at) for part in parts)
        case Phrase(field, words):
            found = tuple(getattr(one, field) for one in tokens[at : at + len(words)])
            return len(words) if found == words else 0


def _merged(spans: Iterator[_Span]) -> list[_Span]:
    """The spans in order, overlapping ones as one."""
    merged: list[_Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _window(text: str, matches: Sequence[tuple[int, _Span]], length: int) -> _Span:
    if len(text) <= length:
        return 0, len(text)
    first = max(matches, key=lambda match: _worth(matches, match[1][0], length), default=(0, (0, 0)))[1]
    # Some words before the first match say what it is about.
    start = max(0, min(first[0] - length // 4, len(text) - length))
    start = _after_blank(text, start, min(first[0], start + 30))
    end = min(len(text), max(start + length, first[1]))
    return start, _before_blank(text, end, max(first[1], end - 30))


def _worth(matches: Sequence[tuple[int, _Span]], start: int, length: int) -> tuple[int, int, int]:
    """Different clauses first, then matches, then the earlier place."""
    end = start + length * 3 // 4
    inside = [clause for clause, span in matches if start <= span[0] and span[1] <= end]
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
