"""The search page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from aep_website.client import ApiProblem
from aep_website.lookups import SEARCH, names
from aep_website.rendering import address_with
from aep_website.routing import shows
from aep_website.visit import Visit

FACETS = ("type", "publication", "objective", "partner", "kind", "language")
PARAMETERS = ("q", *FACETS, "from", "to", "sort", "cursor")
SHOWN_VALUES = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet as a link: it narrows the search, or takes the narrowing back."""

    value: str
    count: int | None
    chosen: bool
    address: str


async def search(visit: Visit) -> Response:
    """Results with facets; without a query everything there is, the newest first."""
    asked = {name: value for name in PARAMETERS if (value := visit.request.query_params.get(name, "").strip())}
    known = await names(visit, "publication", "framework", "partner", "initiative", "organisation", "group", "meeting")
    try:
        found = await visit.read(f"{SEARCH}/search", **asked)
    except ApiProblem as problem:
        if problem.status not in (400, 422):
            raise
        return visit.page(
            "public/search.html",
            422,
            asked=asked,
            found=None,
            error=problem.detail,
            choices={},
            names=known,
            more=None,
            first=None,
            chosen=[],
            tips=True,
        )
    return visit.page(
        "public/search.html",
        asked=asked,
        found=found,
        error=None,
        choices=_choices(visit, asked, found["facets"]),
        names=known,
        more=_address(visit, asked, cursor=found["next"]) if found["next"] else None,
        first=_address(visit, asked, cursor=None) if "cursor" in asked else None,
        chosen=_chosen(visit, asked),
        tips=not found["items"],
    )


def _choices(visit: Visit, asked: Mapping[str, str], facets: Mapping[str, Any]) -> dict[str, list[Choice]]:
    """The values that narrow the search, by facet; a facet with a single value would narrow nothing."""
    choices = {}
    for facet in FACETS:
        values = [f for f in facets.get(facet, ()) if asked.get(facet) != f["value"]]
        if facet in asked or (len(values) < 2 and facet != "type"):
            continue
        choices[facet] = [
            Choice(f["value"], f["count"], False, _address(visit, asked, cursor=None, **{facet: f["value"]}))
            for f in values[:SHOWN_VALUES]
        ]
    return choices


def _chosen(visit: Visit, asked: Mapping[str, str]) -> list[tuple[str, Choice]]:
    """The filters in force, each with the address of the search without it."""
    filters = (*FACETS, "from", "to")
    return [
        (name, Choice(asked[name], None, True, _address(visit, asked, cursor=None, **{name: None})))
        for name in filters
        if name in asked
    ]


def _address(visit: Visit, asked: Mapping[str, str], **changes: str | None) -> str:
    return address_with(visit.url("/search"), **{**asked, **changes})


PAGES = (shows("/search", search),)
