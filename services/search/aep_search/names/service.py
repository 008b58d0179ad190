"""What records are called."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from aep_search.names import repository
from aep_search.names.repository import Ref
from aep_search.names.schemas import NameOut, Names, NamesQuery, RecordType
from aep_shared.errors import InvalidInput


async def names(session: AsyncSession, wanted: NamesQuery) -> Names:
    """The names that a query asks for, one page of them.

    Raises `InvalidInput` for a type that does not exist, and where nothing is asked for.
    """
    types = {_type(name) for name in wanted.type.split(",")} if wanted.type else set()
    refs = {_ref(ref) for ref in wanted.ref}
    if not types and not refs:
        raise InvalidInput("name the types, or the records as type:slug, whose names are wanted")
    after = _ref(wanted.cursor) if wanted.cursor else None
    found = await repository.named(session, types, refs, after, wanted.limit + 1)
    items = found[: wanted.limit]
    return Names(items=items, next=f"{items[-1].type}:{items[-1].slug}" if len(found) > wanted.limit else None)


async def names_of(session: AsyncSession, refs: Collection[Ref]) -> list[NameOut]:
    """The names of these records, by any slug that they have or had."""
    return await repository.named(session, (), refs)


def _ref(ref: str) -> Ref:
    name, _, slug = ref.partition(":")
    return _type(name), slug


def _type(name: str) -> RecordType:
    try:
        return RecordType(name)
    except ValueError as problem:
        raise InvalidInput(f"{name!r} is none of the types {', '.join(RecordType)}") from problem
