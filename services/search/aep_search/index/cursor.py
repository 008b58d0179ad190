"""Cursors: where the next page starts, bound to the request that made them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import replace
from typing import Any

from aep_search.index.errors import CursorInvalid, RequestInvalid
from aep_search.index.port import FACETS, MOST_HITS, SearchRequest, Sort
from aep_search.index.prepare import LAST_DAY, is_value

_MOST_VALUES = 100
_LAST_KEY = 2**63 - 1
_SORTS = ("relevance", "-date", "date")


def checked(request: SearchRequest) -> SearchRequest:
    """The request with the order that it really has; `RequestInvalid` for what no engine could answer."""
    if not 0 <= request.limit <= MOST_HITS:
        raise RequestInvalid(f"a page has at most {MOST_HITS} hits")
    if request.sort not in _SORTS:
        raise RequestInvalid(f"the orders are {', '.join(_SORTS)}")
    if unknown := set(request.facets) - set(FACETS):
        raise RequestInvalid(f"no such facet: {', '.join(sorted(unknown))}")
    for facet, values in request.filters():
        if len(values) > _MOST_VALUES or not all(map(is_value, values)):
            raise RequestInvalid(f"the filter on {facet} has values that no document can have, or too many")
    if any(abs(day) > LAST_DAY for day in (request.date_from, request.date_to) if day is not None):
        raise RequestInvalid("a date is out of range")
    return replace(request, sort=order(request))


def order(request: SearchRequest) -> Sort:
    """Without words there is no relevance: the newest come first."""
    if request.sort == "relevance" and not request.query.clauses:
        return "-date"
    return request.sort


def encode(request: SearchRequest, position: list[int | float]) -> str:
    """The cursor of the page after this position."""
    text = json.dumps([_identity(request), *position], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(request: SearchRequest, length: int) -> list[int | float] | None:
    """The position in the request's cursor: so many numbers, or none for the first page."""
    if request.cursor is None:
        return None
    try:
        padded = request.cursor + "=" * (-len(request.cursor) % 4)
        identity, *position = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError, RecursionError) as problem:
        raise CursorInvalid("not a cursor") from problem
    if identity != _identity(request) or len(position) != length:
        raise CursorInvalid("the cursor belongs to another search")
    if not _is_position(request, position):
        raise CursorInvalid("not a cursor")
    return list(position)


def _is_position(request: SearchRequest, position: list[Any]) -> bool:
    """Whole numbers but for a score in the middle; the first counts hits in the order by relevance.

    Anybody can make up a cursor, so what an engine would choke on ends here.
    """
    sound = all(type(number) in (int, float) and abs(number) < _LAST_KEY for number in position)
    whole = type(position[0]) is int and type(position[-1]) is int
    return sound and whole and (request.sort != "relevance" or position[0] >= 0)


def _identity(request: SearchRequest) -> str:
    """Names the hits and their order, not the size of the page or what is shown of them."""
    same = replace(request, cursor=None, limit=0, facets=(), prefer=())
    return hashlib.blake2b(repr(same).encode("utf-8", "replace"), digest_size=6).hexdigest()
