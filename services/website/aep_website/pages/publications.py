"""Publications and their paragraphs, each with what cites it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from aep_website.citations import Cited, citations
from aep_website.client import Record, together
from aep_website.lookups import PUBLICATIONS, names
from aep_website.routing import shows
from aep_website.visit import NotHere, Visit


@dataclass(frozen=True, slots=True)
class Entry:
    """A paragraph with the headings that begin just before it: (level, text, id)."""

    paragraph: Record
    headings: list[tuple[int, str, str]]


async def all_publications(visit: Visit) -> Response:
    """The list."""
    publications, known = await together(visit.read(PUBLICATIONS, limit=500), names(visit, "meeting"))
    return visit.page("publications.html", publications=publications["items"], names=known)


async def publication(visit: Visit) -> Response:
    """A publication as a whole."""
    slug = visit.named("slug")
    record = await visit.found(f"{PUBLICATIONS}/{slug}")
    paragraphs, cited, known = await together(
        visit.register(f"{PUBLICATIONS}/{slug}/paragraphs"), citations(visit, slug), names(visit, "meeting")
    )
    entries = outlined(paragraphs)
    contents = [heading for entry in entries for heading in entry.headings if heading[0] <= 3]
    return await visit.long_page(
        "publication.html",
        publication=record,
        entries=entries,
        contents=contents,
        cited=cited,
        nothing=Cited(),
        names=known,
    )


async def paragraph(visit: Visit) -> Response:
    """One paragraph between its neighbours."""
    slug, ref = visit.named("slug"), visit.named("ref")
    record = await visit.found(f"{PUBLICATIONS}/{slug}/paragraphs/{ref}")
    owner, paragraphs, cited, known = await together(
        visit.found(f"{PUBLICATIONS}/{slug}"),
        visit.register(f"{PUBLICATIONS}/{slug}/paragraphs"),
        citations(visit, slug),
        names(visit, "meeting"),
    )
    place = next((i for i, other in enumerate(paragraphs) if other["ref"] == ref), None)
    if place is None:
        raise NotHere()
    return visit.page(
        "paragraph.html",
        publication=owner,
        paragraph=record,
        names=known,
        cited=cited.get(ref, Cited()),
        before=paragraphs[place - 1] if place else None,
        after=paragraphs[place + 1] if place + 1 < len(paragraphs) else None,
    )


def outlined(paragraphs: Sequence[Record]) -> list[Entry]:
    """The paragraphs with each heading where it begins; levels start at 2 and never jump."""
    entries = []
    open_headings: list[str] = []
    number = 0
    for record in paragraphs:
        headings = []
        path = list(record["heading"])
        same = _common(open_headings, path)
        for depth, text in enumerate(path[same:], same):
            number += 1
            headings.append((min(depth + 2, 6), text, f"h-{number}"))
        open_headings = path
        entries.append(Entry(record, headings))
    return entries


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


PAGES = (
    shows("/publications", all_publications),
    shows("/publications/{slug}", publication),
    shows("/publications/{slug}/paragraphs/{ref}", paragraph),
)
