"""The search use case."""

from __future__ import annotations

import datetime

from aep_search.index.port import Highlighted, Hit, SearchIndex, SearchRequest
from aep_search.index.query import parse
from aep_search.searching.glossary import Glossary
from aep_search.searching.schemas import FacetOut, HighlightedOut, HitOut, SearchOut, SearchParameters, TotalOut
from aep_shared.dates import parse_edtf
from aep_shared.errors import InvalidInput

_EPOCH = datetime.date(1970, 1, 1)


async def search(index: SearchIndex, glossary: Glossary, wanted: SearchParameters) -> SearchOut:
    """One page of hits with facets; only what is public is in the index."""
    await glossary.refresh()
    query = parse(wanted.q, glossary.languages, glossary.synonyms)
    starts, ends = _day(wanted.from_, first=True), _day(wanted.to, first=False)
    if starts is not None and ends is not None and ends < starts:
        raise InvalidInput("'to' is before 'from'")
    result = await index.search(
        SearchRequest(
            query=query,
            types=_several(wanted.type),
            kinds=_several(wanted.kind),
            languages=_several(wanted.language),
            publication=wanted.publication,
            objective=wanted.objective,
            partner=wanted.partner,
            date_from=starts,
            date_to=ends,
            sort=wanted.sort,
            limit=wanted.limit,
            cursor=wanted.cursor,
        )
    )
    total = TotalOut(value=result.total.value, relation=result.total.relation)
    facets = {name: [FacetOut(value=c.value, count=c.count) for c in counts] for name, counts in result.facets.items()}
    return SearchOut(items=[_item(hit) for hit in result.hits], total=total, facets=facets, next=result.next)


def _item(hit: Hit) -> HitOut:
    known = {"title": None, "ref": None, "number": None, **hit.stored}
    return HitOut.model_validate(
        {
            **known,
            "type": hit.type,
            "kind": hit.kind,
            "id": hit.id.partition(":")[2],
            "heading": _highlighted(hit.title),
            "language": hit.language,
            "snippet": _highlighted(hit.snippet),
        },
        extra="ignore",
    )


def _highlighted(text: Highlighted) -> HighlightedOut:
    return HighlightedOut(text=text.text, ranges=list(text.ranges))


def _several(value: str | None) -> tuple[str, ...]:
    return tuple(filter(None, value.split(","))) if value else ()


def _day(text: str | None, *, first: bool) -> int | None:
    if not text:
        return None
    try:
        interval = parse_edtf(text)
    except ValueError as problem:
        raise InvalidInput(str(problem)) from problem
    day = interval.starts if first else interval.ends
    return None if day is None else (day - _EPOCH).days
