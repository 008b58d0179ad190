"""The grammar of lists, the same in all services: cursor pages, filters, `sort`, `fields`, `updated_since`."""

from __future__ import annotations

import base64
import binascii
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import Request, Response
from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.errors import Gone, InvalidCursor, InvalidInput, UnknownParameter

DEFAULT_LIMIT, MAX_LIMIT = 50, 500
TOMBSTONE_DAYS = 30
_REACHING_BACK = datetime.timedelta(seconds=60)
_COMMON = ("limit", "cursor", "sort", "fields", "updated_since")


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


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A list request as it was understood."""

    limit: int
    cursor: tuple[Any, Any] | None
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
        raise UnknownParameter(f"unknown parameter {', '.join(unknown)}; this list knows {known}")
    sort = query.get("sort", grammar.default_sort)
    if sort.lstrip("-") not in grammar.sorts:
        raise InvalidInput(f"sort is one of {', '.join(sorted(grammar.sorts))}, with a leading - for descending")
    return ListRequest(
        limit=_limit(query.get("limit")),
        cursor=_decode(query["cursor"], sort) if "cursor" in query else None,
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
        statement = statement.where(grammar.filters[name] == value)
    if wanted.updated_since is None:
        statement = statement.where(grammar.deleted_at.is_(None))
    else:
        statement = statement.where(grammar.stored_at >= wanted.updated_since)
    column = grammar.sorts[wanted.sort.lstrip("-")]
    descending = wanted.sort.startswith("-")
    if wanted.cursor:
        place = tuple_(column, grammar.key)
        after = tuple_(_typed(column, wanted.cursor[0]), _typed(grammar.key, wanted.cursor[1]))
        statement = statement.where(place < after if descending else place > after)
    order = (column.desc(), grammar.key.desc()) if descending else (column, grammar.key)
    statement = statement.add_columns(column.label("sort_value"), grammar.key.label("sort_key"))
    rows = (await session.execute(statement.order_by(*order).limit(wanted.limit + 1))).all()
    if len(rows) <= wanted.limit:
        return rows, None
    last = rows[wanted.limit - 1]
    return rows[: wanted.limit], _encode(wanted.sort, last.sort_value, last.sort_key)


def answer(request: Request, response: Response, items: Sequence[Mapping[str, Any]], wanted: ListRequest,
           cursor: str | None) -> dict[str, Any]:  # fmt: skip
    """The body of a list answer; sets the `Link` header to the next page."""
    if cursor:
        query = urlencode([*((k, v) for k, v in request.query_params.items() if k != "cursor"), ("cursor", cursor)])
        response.headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
    chosen = [pick(item, wanted.fields) for item in items]
    return {"items": chosen, "next": cursor}


def pick(item: Mapping[str, Any], fields: frozenset[str] | None) -> dict[str, Any]:
    """The item with only the wanted top-level fields, and always its id."""
    return {k: v for k, v in item.items() if fields is None or k in fields or k == "id"}


def _typed(column: ColumnElement[Any], value: Any) -> ColumnElement[Any]:
    """The value of a cursor as its column has it; raises `InvalidCursor` where it cannot be one."""
    parsers: dict[type, Any] = {datetime.datetime: datetime.datetime.fromisoformat, UUID: UUID}
    try:
        return literal(parsers.get(column.type.python_type, lambda same: same)(value), column.type)
    except (TypeError, ValueError) as problem:
        raise InvalidCursor() from problem


def _limit(given: str | None) -> int:
    if given is None:
        return DEFAULT_LIMIT
    if not given.isdigit() or not 1 <= int(given) <= MAX_LIMIT:
        raise InvalidInput(f"limit is a number from 1 to {MAX_LIMIT}")
    return int(given)


def _since(given: str | None) -> datetime.datetime | None:
    if given is None:
        return None
    try:
        since = datetime.datetime.fromisoformat(given)
    except ValueError as problem:
        raise InvalidInput("updated_since is a date and time as in ISO 8601") from problem
    since = since if since.tzinfo else since.replace(tzinfo=datetime.UTC)
    if since < datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=TOMBSTONE_DAYS):
        raise Gone()
    # A transaction that was under way at that moment stored its rows with an earlier time and committed later.
    return since - _REACHING_BACK


def _encode(sort: str, value: Any, key: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([sort, value, str(key)], default=str)).decode().rstrip("=")


def _decode(cursor: str, sort: str) -> tuple[Any, Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found = orjson.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        if not isinstance(found, list) or len(found) != 3 or found[0] != sort:
            raise InvalidCursor()
    except (ValueError, binascii.Error) as problem:
        raise InvalidCursor() from problem
    return found[1], found[2]
