"""The grammar of lists, the same in all services: cursor pages, filters, `sort`, `fields`, `updated_since`."""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Generic, TypeVar, Union, cast
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator
from pydantic_core import to_json
from sqlalchemy import ColumnElement, Row, Select, and_, literal, or_, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeDecorator

from aep_shared.errors import Gone, InvalidCursor, InvalidInput, UnknownParameter
from aep_shared.text import Line

DEFAULT_LIMIT, MAX_LIMIT = 50, 500
TOMBSTONE_DAYS = 30
_REACHING_BACK = datetime.timedelta(seconds=60)
_ANY_PAGE = ("limit", "cursor", "fields")

T = TypeVar("T")


class ListQuery(BaseModel):
    """What every list may be asked; a list of its own kind adds its filters and orders.

    Raises `UnknownParameter` for any other name, because a filter that is not applied answers too much.
    """

    model_config = ConfigDict(extra="forbid")

    sort: str
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    cursor: Annotated[str, Field(max_length=1000)] | None = None
    """What an earlier page of the same list says is `next`."""
    fields: Annotated[Line, Field(max_length=1000)] | None = None
    """Only these fields of each item, by name with commas between them, and always its id."""
    updated_since: datetime.datetime | None = None
    """Only what changed since then, and what was removed: at most 30 days back."""

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:
        unknown = sorted(set(given) - set(cls.model_fields)) if isinstance(given, Mapping) else []
        if unknown:
            named = ", ".join(name[:60] for name in unknown[:10])
            known = ", ".join(sorted(cls.model_fields))
            raise UnknownParameter(f"unknown parameter {named}; this list knows {known}")
        return given


class Removed(BaseModel):
    """An item that was removed, for whoever follows a list with `updated_since`."""

    id: UUID
    deleted_at: datetime.datetime


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: str | None
    """The cursor of the next page."""


@dataclass(frozen=True, slots=True)
class ListGrammar:
    """The columns that the filters and orders of a list stand for, by the names that its query has for them.

    `key` is the unique column that ends every order; `stored_at` and `deleted_at` serve `updated_since`.
    """

    filters: Mapping[str, ColumnElement[Any]]
    sorts: Mapping[str, ColumnElement[Any]]
    key: ColumnElement[Any]
    stored_at: ColumnElement[Any]
    deleted_at: ColumnElement[Any]
    references: Mapping[str, Callable[[str], ColumnElement[bool]]] = field(default_factory=dict)
    """For filters that name a record: what holds where a row names it, by whichever of its slugs."""


async def page(
    request: Request,
    session: AsyncSession,
    statement: Select[*tuple[Any, ...]],
    wanted: ListQuery,
    grammar: ListGrammar,
) -> tuple[Sequence[Row[Any]], str | None]:
    """The rows of one page, and the cursor of the next.

    With `updated_since`, removed records are among the rows, so that a client can remove them too. Raises
    `InvalidInput`, `InvalidCursor` and `Gone`.
    """
    asked = _asked(request)
    for name, column in grammar.filters.items():
        value = getattr(wanted, name)
        if value is not None:
            names = grammar.references.get(name)
            statement = statement.where(names(value) if names else column == value)
    if wanted.updated_since is None:
        statement = statement.where(grammar.deleted_at.is_(None))
    else:
        statement = statement.where(grammar.stored_at >= _reaching_back(wanted.updated_since))
    column = grammar.sorts[wanted.sort.lstrip("-")]
    descending = wanted.sort.startswith("-")
    if wanted.cursor:
        statement = statement.where(_behind(column, grammar.key, _decode(wanted.cursor, asked), descending=descending))
    order = [column.desc(), grammar.key.desc()] if descending else [column, grammar.key]
    if descending and _may_be_null(column):
        order[0] = order[0].nulls_last()
    statement = statement.add_columns(column.label("sort_value"), grammar.key.label("sort_key"))
    rows = (await session.execute(statement.order_by(*order).limit(wanted.limit + 1))).all()
    if len(rows) <= wanted.limit:
        return rows, None
    last = rows[wanted.limit - 1]
    return rows[: wanted.limit], _encode(asked, last.sort_value, last.sort_key)


def answer(
    request: Request, response: Response, items: Sequence[BaseModel], wanted: ListQuery, cursor: str | None
) -> Response:
    """The page, with the `Link` header to the next one; with `fields` it holds only those of each item.

    The models of the items are trusted: a page of hundreds is not validated a second time on its way out.
    """
    if cursor:
        query = urlencode([*((k, v) for k, v in request.query_params.items() if k != "cursor"), ("cursor", cursor)])
        response.headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
    chosen = {"id", *wanted.fields.split(",")} if wanted.fields else None
    shown = [item if chosen is None else _chosen(item, chosen) for item in items]
    return Response(to_json({"items": shown, "next": cursor}), headers=response.headers, media_type="application/json")


def _chosen(item: BaseModel, fields: set[str]) -> BaseModel | dict[str, Any]:
    """Only these fields of an item; what was removed always says so."""
    return item if isinstance(item, Removed) else item.model_dump(mode="json", include=fields)


@cache
def listed(item: type[BaseModel], *, others: tuple[type[BaseModel], ...] = (Removed,)) -> type[Page[Any]]:
    """The model of a page of such items, of others, and of items of which `fields` chose a part."""
    name = item.__name__.removeprefix("Own").removesuffix("Out")
    chosen = partial_model(item, f"{name}Fields", "The fields of an item that were asked for.", required=("id",))
    page: Any = Page
    of_them = page[Union[(item, *others, chosen)]]
    return cast("type[Page[Any]]", create_model(f"{name}Page", __base__=of_them, __doc__=Page.__doc__))


def partial_model(model: type[BaseModel], name: str, about: str, required: Sequence[str] = ()) -> type[BaseModel]:
    """A model of the same fields, of which only some must be there, and none has a default."""
    fields: dict[str, Any] = {}
    for field_name, info in model.model_fields.items():
        annotation = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
        default: Any = {} if field_name in required else {"default_factory": _nothing}
        fields[field_name] = (annotation, Field(description=info.description, **default))
    return create_model(name, __config__=ConfigDict(extra="forbid"), __doc__=about, **fields)


def _nothing() -> None:
    """In the place of a default, which would stand in the schema: what is not there has no value."""


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
    # A type that decorates another one says of itself only that it is something.
    kind = (column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type).python_type
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


def _reaching_back(since: datetime.datetime) -> datetime.datetime:
    try:
        since = since.astimezone(datetime.UTC) if since.tzinfo else since.replace(tzinfo=datetime.UTC)
    except OverflowError as problem:
        raise InvalidInput("updated_since is at the end of time") from problem
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
