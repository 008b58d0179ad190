"""From ranges of a plain text to marked HTML: the text is escaped piece by piece, so nothing in it can be markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from aep_website.answers.search import Highlighted


def marked(text: str, ranges: Iterable[Sequence[int]]) -> Markup:
    """`text` with `<mark>` around each half-open range of Unicode code points.

    Python strings count code points, as the API does. Ranges outside the text or inside each other are cut to fit.
    """
    pieces = []
    end = 0
    for first, last in sorted((r[0], r[1]) for r in ranges):
        first, last = max(first, end), min(last, len(text))
        if first >= last:
            continue
        pieces += [escape(text[end:first]), Markup("<mark>"), escape(text[first:last]), Markup("</mark>")]
        end = last
    return Markup("").join([*pieces, escape(text[end:])])


def marked_field(field: Highlighted) -> Markup:
    """The same for a text that the search has marked."""
    return marked(field.text, field.ranges)
