"""Publications and their paragraphs, each with what cites it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from starlette.responses import Response

from aep_website.answers import search
from aep_website.answers.search import CitedBy, Passage
from aep_website.client import ApiProblem, together
from aep_website.routing import shows
from aep_website.visit import Visit

P = TypeVar("P", bound=Passage)


@dataclass(frozen=True, slots=True)
class Entry(Generic[P]):
    """A paragraph with the headings that begin just before it: (level, text, id)."""

    paragraph: P
    headings: list[tuple[int, str, str]]


async def all_publications(visit: Visit) -> Response:
    """The list."""
    publications = await visit.read(search.PUBLICATIONS, limit=500)
    return visit.page("public/publications.html", publications=publications.items)


async def publication(visit: Visit) -> Response:
    """A publication as a whole."""
    slug = visit.named("slug")
    record = await visit.found(search.PUBLICATION.of(slug=slug))
    paragraphs, cited = await together(visit.register(search.PARAGRAPHS.of(slug=slug)), _cited_by(visit, slug))
    entries = outlined(paragraphs)
    contents = [heading for entry in entries for heading in entry.headings if heading[0] <= 3]
    return await visit.long_page(
        "public/publication.html",
        publication=record,
        entries=entries,
        contents=contents,
        cited={item.ref: item for item in cited},
    )


async def paragraph(visit: Visit) -> Response:
    """One paragraph between its neighbours."""
    slug, ref = visit.named("slug"), visit.named("ref")
    record = await visit.found(search.PARAGRAPH.of(slug=slug, ref=ref))
    owner, cited = await together(visit.found(search.PUBLICATION.of(slug=slug)), _cited_by(visit, slug, ref=record.ref))
    return visit.page(
        "public/paragraph.html",
        publication=owner,
        paragraph=record,
        cited=next(iter(cited), None),
        before=record.before,
        after=record.after,
    )


async def _cited_by(visit: Visit, slug: str, **query: str) -> list[CitedBy]:
    """What refers to the paragraphs; nothing where the service is of a version that does not say it."""
    try:
        page = await visit.read(search.CITED_BY.of(slug=slug), **query)
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return []
    return page.items


def outlined(paragraphs: Sequence[P]) -> list[Entry[P]]:
    """The paragraphs with each heading where it begins; levels start at 2 and never jump."""
    entries = []
    open_headings: list[str] = []
    number = 0
    for record in paragraphs:
        headings = []
        path = record.heading
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
