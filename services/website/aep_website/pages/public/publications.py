"""Publications and their paragraphs, each with what cites it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from aep_website.client import ApiProblem, Record, together
from aep_website.lookups import PUBLICATIONS
from aep_website.routing import shows
from aep_website.visit import Visit


@dataclass(frozen=True, slots=True)
class Entry:
    """A paragraph with the headings that begin just before it: (level, text, id)."""

    paragraph: Record
    headings: list[tuple[int, str, str]]


async def all_publications(visit: Visit) -> Response:
    """The list."""
    publications = await visit.read(PUBLICATIONS, limit=500)
    return visit.page("public/publications.html", publications=publications["items"])


async def publication(visit: Visit) -> Response:
    """A publication as a whole."""
    address = f"{PUBLICATIONS}/{visit.named('slug')}"
    record = await visit.found(address)
    paragraphs, cited = await together(visit.register(f"{address}/paragraphs"), _cited_by(visit, address))
    entries = outlined(paragraphs)
    contents = [heading for entry in entries for heading in entry.headings if heading[0] <= 3]
    return await visit.long_page(
        "public/publication.html",
        publication=record,
        entries=entries,
        contents=contents,
        cited={item["ref"]: item for item in cited},
    )


async def paragraph(visit: Visit) -> Response:
    """One paragraph between its neighbours."""
    address, ref = f"{PUBLICATIONS}/{visit.named('slug')}", visit.named("ref")
    record = await visit.found(f"{address}/paragraphs/{ref}")
    owner, cited = await together(visit.found(address), _cited_by(visit, address, ref=record["ref"]))
    return visit.page(
        "public/paragraph.html",
        publication=owner,
        paragraph=record,
        cited=next(iter(cited), None),
        before=record.get("before"),
        after=record.get("after"),
    )


async def _cited_by(visit: Visit, address: str, **query: str) -> list[Record]:
    """What refers to the paragraphs; nothing where the service is of a version that does not say it."""
    try:
        items: list[Record] = (await visit.read(f"{address}/cited-by", **query))["items"]
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return []
    return items


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
