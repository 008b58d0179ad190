"""Use cases of registers: add, change, import, remove and restore records, the same for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.access import audit
from aep_shared.access.actor import Actor
from aep_shared.contracts.base import RegisterRecord
from aep_shared.database.tables import database_now
from aep_shared.errors import InvalidInput, NotFound
from aep_shared.flow import outbox
from aep_shared.http.lists import TOMBSTONE_DAYS
from aep_shared.http.revisions import require_revision
from aep_shared.registers import repository
from aep_shared.registers.errors import FieldNotAllowed, NotRemoved, RecordRemoved, RemovedForGood, SlugTaken
from aep_shared.registers.register import Register
from aep_shared.registers.tables import Registered

ONLY_IMPORTED = frozenset({"slug", "former_slugs", "demo"})
"""Fields that only an import sets."""

R = TypeVar("R", bound=Registered)
D = TypeVar("D", bound=RegisterRecord)
Outcome = Literal["created", "changed", "unchanged", "removed"]


async def find(
    session: AsyncSession, register: Register[R, D], name: str, *, lock: bool = False, keep: bool = False
) -> R:
    """The record with this slug or id, or with this former slug (its present slug then differs from `name`).

    With `lock` nobody else changes it until the transaction ends; with `keep` nobody renames or removes it.
    Raises `NotFound`, and `RecordRemoved` with the reason.
    """
    row = await repository.find(session, register.table, register.noun, name, lock=lock, keep=keep)
    if row is None:
        raise NotFound(f"there is no {register.noun} '{name}'")
    if row.deleted_at is not None:
        raise RecordRemoved(
            f"{register.noun} '{row.slug}' was removed on {row.deleted_at.date()}: {row.removal_reason}",
            reason=row.removal_reason,
            removed_at=row.deleted_at.isoformat(),
        )
    return row


async def present_slug(session: AsyncSession, register: Register[R, D], name: str) -> str:
    """The slug that a record has now, or had when it was removed, by any that it had; what is not known stays so."""
    row = await repository.find(session, register.table, register.noun, name)
    return name if row is None else row.slug


async def create(session: AsyncSession, actor: Actor, register: Register[R, D], given: D) -> R:
    """A new record from validated input.

    Raises `Forbidden` and `SlugTaken`.
    """
    actor.must(register.change, None)
    refuse_fields((name for name in ("demo", "former_slugs") if getattr(given, name)), "an import")
    return await _add(session, actor, register, given)


async def change(
    session: AsyncSession, actor: Actor, register: Register[R, D], name: str, fields: BaseModel, revision: int | None
) -> R:
    """Changes those fields of a record that are set; `revision` is the one the client read, if it said so.

    Raises `NotFound`, `RecordRemoved`, `Forbidden`, `PreconditionFailed` and `InvalidInput`.
    """
    row = await find(session, register, name, lock=True)
    actor.must(register.change, row.slug)
    require_revision("record", row.revision, revision)
    before = register.document(row)
    changes = fields.model_dump(mode="json", exclude_unset=True)
    after = register.record.model_validate({**before.model_dump(mode="json"), **changes})
    refuse_fields(differing(before, after) & ONLY_IMPORTED, "an import")
    if register.check_change:
        register.check_change(actor, before, after)
    return await _change(session, actor, register, row, _kept(register, before, after))


async def upsert(session: AsyncSession, actor: Actor, register: Register[R, D], given: D) -> Outcome:
    """Adds or replaces the record with the slug of `given`; one that was removed stays so.

    A record whose present slug is among the former ones of `given` is renamed. Raises `Forbidden` and `SlugTaken`.
    """
    slugs = (given.slug, *given.former_slugs)
    rows = await repository.lock_by_slugs(session, register.table, slugs)
    row = next((rows[slug] for slug in slugs if slug in rows), None)
    if row is None:
        actor.must(register.change, None)
        await _add(session, actor, register, given)
        return "created"
    actor.must(register.change, row.slug)
    if row.deleted_at is not None:
        if any(other.deleted_at is None for other in rows.values()):
            raise SlugTaken(f"'{row.slug}' is the slug of a removed {register.noun}, which stays its own")
        return "removed"
    after = _kept(register, register.document(row), given)
    if after == row.public:
        return "unchanged"
    await _change(session, actor, register, row, after)
    return "changed"


async def remove(
    session: AsyncSession, actor: Actor, register: Register[R, D], name: str, reason: str, revision: int | None
) -> None:
    """Takes a record out of the register: its address says so and why, and whoever follows the register is told.

    Raises `NotFound`, `RecordRemoved`, `Forbidden` and `PreconditionFailed`.
    """
    actor.must(register.remove)
    row = await find(session, register, name, lock=True)
    require_revision("record", row.revision, revision)
    row.deleted_at, row.removal_reason = database_now(), reason
    row.changed()
    await _store(session, actor, register, row, "remove", row.public, None)


async def restore(session: AsyncSession, actor: Actor, register: Register[R, D], name: str) -> R:
    """Brings a removed record back, as it was, within 30 days.

    Raises `NotFound`, `Forbidden`, `NotRemoved` and `RemovedForGood`.
    """
    actor.must(register.remove)
    row = await repository.find(session, register.table, register.noun, name, lock=True)
    if row is None:
        raise NotFound(f"there is no {register.noun} '{name}'")
    if row.deleted_at is None:
        raise NotRemoved(f"{register.noun} '{row.slug}' was not removed")
    if row.deleted_at < datetime.now(UTC) - timedelta(days=TOMBSTONE_DAYS):
        raise RemovedForGood()
    row.deleted_at = row.removal_reason = None
    row.changed()
    await _store(session, actor, register, row, "restore", None, row.public)
    return row


def differing(before: BaseModel, after: BaseModel) -> set[str]:
    """The fields whose values differ."""
    return {name for name, value in after if getattr(before, name) != value}


def refuse_fields(fields: Iterable[str], whose: str) -> None:
    """Raises `FieldNotAllowed` where there are any; `whose` says who may change them."""
    named = sorted(fields)
    if named:
        raise FieldNotAllowed(f"{', '.join(named)}: only {whose} changes this", fields=named)


def _kept(register: Register[R, D], before: D | None, given: D) -> D:
    """The document to keep: as given, with every slug that the record had, and with what is derived."""
    had = [*before.former_slugs, *given.former_slugs, before.slug] if before else given.former_slugs
    former = [slug for slug in dict.fromkeys(had) if slug != given.slug]
    document = given.model_copy(update={"former_slugs": former})
    return register.derive(before, document) if register.derive else document


async def _add(session: AsyncSession, actor: Actor, register: Register[R, D], given: D) -> R:
    row = register.table(public=_kept(register, None, given))
    await _claim(session, register, row.id, row.public)
    session.add(row)
    await _store(session, actor, register, row, "create", None, row.public)
    return row


async def _change(session: AsyncSession, actor: Actor, register: Register[R, D], row: R, after: D) -> R:
    before = row.public
    if after.former_slugs != before.former_slugs:
        await _claim(session, register, row.id, after)
    row.public = after
    row.changed()
    await _store(session, actor, register, row, "change", before, after)
    if after.slug != before.slug and register.after_rename:
        await register.after_rename(session, before.slug, after.slug)
    return row


async def _store(
    session: AsyncSession,
    actor: Actor,
    register: Register[R, D],
    row: R,
    action: str,
    before: RegisterRecord | None,
    after: RegisterRecord | None,
) -> None:
    """Writes the row with the trace of who did it; it is published at the end of the transaction."""
    await session.flush()
    outbox.note(session, register.aggregate, row.id)
    await audit.record(session, actor, action, register.noun, row.id, _audited(before), _audited(after))


def _audited(document: RegisterRecord | None) -> Mapping[str, object] | None:
    return None if document is None else document.model_dump(mode="json")


async def _claim(session: AsyncSession, register: Register[R, D], record_id: UUID, document: RegisterRecord) -> None:
    """Notes the slugs of a record as its own for ever.

    Raises `SlugTaken` where one of them is or was another one's.
    """
    slugs = (document.slug, *document.former_slugs)
    if any(map(repository.is_id, slugs)):
        raise InvalidInput("a slug cannot look like the id of a record")
    taken = await repository.claim(session, register.noun, record_id, slugs)
    if taken is not None:
        raise SlugTaken(f"'{taken}' is or was the slug of another {register.noun}")
