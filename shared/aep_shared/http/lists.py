"""The grammar of lists, the same in all services: cursor pages, filters, `sort`, `fields`, `updated_since`."""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import Request, Response
from sqlalchemy import ColumnElement, Select, and_, literal, or_, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.errors import Gone, InvalidCursor, InvalidInput, UnknownParameter
from aep_shared.text import is_text

DEFAULT_LIMIT, MAX_LIMIT = 50, 500
MAX_VALUE = 1000
TOMBSTONE_DAYS = 30
_REACHING_BACK = datetime.timedelta(seconds=60)
_ANY_PAGE = ("limit", "cursor", "fields")
_COMMON = (*_ANY_PAGE, "sort", "updated_since")


@dataclass(frozen=True, slots=True)
class ListGrammar:
    """What one list can be asked: its filters and sort orders by name, and the columns they stand for.

    `key` is the unique column that ends every order; `stored_at` and `deleted_at` serve `updated_since`.
    """

    filters: Mapping[str, ColumnElement[Any]]
    sorts: Mapping[str, ColumnElement[Any]]
    default_sort: str
    key: ColumnElement[Any]
    stored_at: ColumnElement[Any]
    deleted_at: ColumnElement[Any]
    references: Mapping[str, Callable[[str], ColumnElement[bool]]] = field(default_factory=dict)
    """For filters that name a record: what holds where a row names it, by whichever of its slugs."""


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A list request as it was understood."""

    limit: int
    cursor: tuple[Any, Any] | None
    asked: str
    """What was asked for apart from the page: a cursor is good for that only."""
    sort: str
    fields: frozenset[str] | None
    updated_since: datetime.datetime | None
    filters: Mapping[str, str]


def parse(request: Request, grammar: ListGrammar) -> ListRequest:
    """The list request in the query of an address.

    Raises `UnknownParameter`, `InvalidInput`, `InvalidCursor` and `Gone`.
    """
    query = request.query_params
    unknown = sorted(set(query) - set(grammar.filters) - set(_COMMON))
    if unknown:
        known = ", ".join(sorted((*grammar.filters, *_COMMON)))
        named = ", ".join(name[:60] for name in unknown[:10])
        raise UnknownParameter(f"unknown parameter {named}; this list knows {known}")
    for name, value in query.multi_items():
        if len(value) > MAX_VALUE or not is_text(value):
            raise InvalidInput(f"{name} is longer than {MAX_VALUE} characters, or no text")
    sort = query.get("sort", grammar.default_sort)
    if sort.lstrip("-") not in grammar.sorts:
        raise InvalidInput(f"sort is one of {', '.join(sorted(grammar.sorts))}, with a leading - for descending")
    asked = _asked(request)
    return ListRequest(
        limit=_limit(query.get("limit")),
        cursor=_decode(query["cursor"], asked) if "cursor" in query else None,
        asked=asked,
        sort=sort,
        fields=frozenset(query["fields"].split(",")) if "fields" in query else None,
        updated_since=_since(query.get("updated_since")),
        filters={name: query[name] for name in grammar.filters if name in query},
    )


async def page(
    session: AsyncSession, statement: Select[Any], wanted: ListRequest, grammar: ListGrammar
) -> tuple[Sequence[Any], str | None]:
    """The rows of one page and the cursor of the next; `statement` must select `sort_key` columns itself.

    With `updated_since`, removed records are among the rows, so that a client can remove them too.
    """
    for name, value in wanted.filters.items():
        names = grammar.references.get(name)
        statement = statement.where(names(value) if names else grammar.filters[name] == value)
    if wanted.updated_since is None:
        statement = statement.where(grammar.deleted_at.is_(None))
    else:
        statement = statement.where(grammar.stored_at >= wanted.updated_since)
    column = grammar.sorts[wanted.sort.lstrip("-")]
    descending = wanted.sort.startswith("-")
    if wanted.cursor:
        statement = statement.where(_behind(column, grammar.key, wanted.cursor, descending=descending))
    order = [column.desc(), grammar.key.desc()] if descending else [column, grammar.key]
    if descending and _may_be_null(column):
        order[0] = order[0].nulls_last()
    statement = statement.add_columns(column.label("sort_value"), grammar.key.label("sort_key"))
    rows = (await session.execute(statement.order_by(*order).limit(wanted.limit + 1))).all()
    if len(rows) <= wanted.limit:
        return rows, None
    last = rows[wanted.limit - 1]
    return rows[: wanted.limit], _encode(wanted.asked, last.sort_value, last.sort_key)


def answer(
    request: Request, response: Response, items: Sequence[Mapping[str, Any]], wanted: ListRequest, cursor: str | None
) -> dict[str, Any]:
    """The body of a list answer; sets the `Link` header to the next page."""
    if cursor:
        query = urlencode([*((k, v) for k, v in request.query_params.items() if k != "cursor"), ("cursor", cursor)])
        response.headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
    chosen = [pick(item, wanted.fields) for item in items]
    return {"items": chosen, "next": cursor}


def pick(item: Mapping[str, Any], fields: frozenset[str] | None) -> dict[str, Any]:
    """The item with only the wanted top-level fields, and always its id."""
    return {k: v for k, v in item.items() if fields is None or k in fields or k == "id"}


def _behind(
    column: ColumnElement[Any], key: ColumnElement[Any], cursor: tuple[Any, Any], *, descending: bool
) -> ColumnElement[bool]:
    """What comes after the row of a cursor; rows without a value come last in both orders."""
    value, last = cursor[0], _typed(key, cursor[1])
    if value is None:
        if not _may_be_null(column):
            raise InvalidCursor()
        return and_(column.is_(None), key < last if descending else key > last)
    place, after = tuple_(column, key), tuple_(_typed(column, value), last)
    later = place < after if descending else place > after
    return or_(later, column.is_(None)) if _may_be_null(column) else later


def _may_be_null(column: ColumnElement[Any]) -> bool:
    return bool(getattr(column, "nullable", True))


def _typed(column: ColumnElement[Any], value: Any) -> ColumnElement[Any]:
    """The value of a cursor as its column has it; raises `InvalidCursor` where it cannot be one.

    Anybody can make up a cursor, so nothing reaches the database that its driver would choke on.
    """
    kind = column.type.python_type
    try:
        if kind is int:
            return literal(_whole(value), column.type)
        if not isinstance(value, str):
            raise InvalidCursor()
        parsers: dict[type, Any] = {datetime.datetime: _moment, UUID: UUID}
        return literal(parsers.get(kind, str)(value), column.type)
    except (TypeError, ValueError, OverflowError) as problem:
        raise InvalidCursor() from problem


def _whole(value: Any) -> int:
    if type(value) is not int or not -(2**31) <= value < 2**31:
        raise InvalidCursor()
    return value


def _moment(text: str) -> datetime.datetime:
    """A moment in UTC; without a time zone it is one there already."""
    moment = datetime.datetime.fromisoformat(text)
    return moment.astimezone(datetime.UTC) if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _asked(request: Request) -> str:
    """What a cursor belongs to: the list with its filters and order, whatever fields and however many of them."""
    query = sorted((name, value) for name, value in request.query_params.items() if name not in _ANY_PAGE)
    return hashlib.sha256(orjson.dumps([request.url.path, query])).hexdigest()[:16]


def _limit(given: str | None) -> int:
    if given is None:
        return DEFAULT_LIMIT
    # The length first: Python refuses to read numbers of thousands of digits.
    if len(given) > 4 or not (given.isascii() and given.isdecimal()) or not 1 <= int(given) <= MAX_LIMIT:
        raise InvalidInput(f"limit is a number from 1 to {MAX_LIMIT}")
    return int(given)


def _since(given: str | None) -> datetime.datetime | None:
    if given is None:
        return None
    try:
        since = _moment(given)
    except (ValueError, OverflowError) as problem:
        raise InvalidInput("updated_since is a date and time as in ISO 8601") from problem
    if since < datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=TOMBSTONE_DAYS):
        raise Gone()
    # A transaction that was under way at that moment stored its rows with an earlier time and committed later.
    return since - _REACHING_BACK


def _encode(asked: str, value: Any, key: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([asked, value, str(key)], default=str)).decode().rstrip("=")


def _decode(cursor: str, asked: str) -> tuple[Any, Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found = orjson.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        if not isinstance(found, list) or len(found) != 3 or found[0] != asked:
            raise InvalidCursor()
    except (ValueError, binascii.Error) as problem:
        raise InvalidCursor() from problem
    return found[1], found[2]
