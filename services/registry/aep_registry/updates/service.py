"""Use cases of updates: draft, submit, return with a note, approve, withdraw.

Only an approved update is ever public; a withdrawn one disappears everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func
from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry import policies
from aep_registry.errors import OwnUpdate, WrongState
from aep_registry.updates import repository
from aep_registry.updates.schemas import UpdateChange, UpdateIn
from aep_shared import audit, outbox
from aep_shared.auth.actor import Actor
from aep_shared.errors import InvalidInput, NotFound, PreconditionFailed

EDITABLE = ("draft", "returned")


async def create(session: AsyncSession, actor: Actor, given: UpdateIn) -> Row[Any]:
    """A new draft.

    Raises `Forbidden` for somebody who does not answer for what it is about.
    """
    actor.must(policies.write_update, given.about.type, given.about.slug)
    assert actor.subject is not None
    document = given.model_dump(mode="json", exclude={"about"})
    row = await repository.add(session, actor.subject, given.about.model_dump(), document)
    await audit.record(session, actor, "create", "update", row.id, None, document)
    return row


async def change(
    session: AsyncSession, actor: Actor, update_id: UUID, given: UpdateChange, revision: int | None
) -> Row[Any]:
    """Changes a draft or a returned update."""
    row = await _locked(session, actor, update_id, policies.change_update, revision)
    _require(row, *EDITABLE)
    fields = given.model_dump(mode="json", exclude_unset=True)
    if any(value is None for value in fields.values()):
        raise InvalidInput("a field of an update cannot be null")
    changed = await repository.store(session, row, data={**row.data, **fields})
    await audit.record(session, actor, "change", "update", row.id, row.data, changed.data)
    return changed


async def submit(session: AsyncSession, actor: Actor, update_id: UUID, revision: int | None) -> Row[Any]:
    """Hands an update to the office."""
    row = await _locked(session, actor, update_id, policies.change_update, revision)
    _require(row, *EDITABLE)
    return await _store_state(session, actor, row, "submit", state="submitted", note=None)


async def send_back(session: AsyncSession, actor: Actor, update_id: UUID, note: str, revision: int | None) -> Row[Any]:
    """Returns a submitted update to its author with a note."""
    row = await _locked(session, actor, update_id, policies.review_update, revision)
    _require(row, "submitted")
    return await _store_state(session, actor, row, "return", state="returned", note=note)


async def approve(session: AsyncSession, actor: Actor, update_id: UUID, revision: int | None) -> Row[Any]:
    """Makes a submitted update public; nobody approves her or his own."""
    row = await _locked(session, actor, update_id, policies.review_update, revision)
    _require(row, "submitted")
    if row.author == actor.subject:
        raise OwnUpdate()
    return await _store_state(session, actor, row, "approve", state="approved",
                              approved_at=func.clock_timestamp(), approved_by=actor.subject)  # fmt: skip


async def withdraw(session: AsyncSession, actor: Actor, update_id: UUID, revision: int | None) -> Row[Any]:
    """Takes an update back: its author before the approval, the office at any time."""
    found = await repository.find(session, update_id)
    policy = policies.review_update if found and found.state == "approved" else policies.change_update
    row = await _locked(session, actor, update_id, policy, revision)
    actor.checked.add(policies.change_update.__name__)
    _require(row, "draft", "submitted", "returned", "approved")
    return await _store_state(session, actor, row, "withdraw", state="withdrawn")


def shown(row: Row[Any], actor: Actor) -> dict[str, Any]:
    """An update as the API shows it; what only its author and the office may know is left out for others."""
    public = {"id": str(row.id), "about": {"type": row.about_type, "slug": row.about_slug}, "state": row.state,
              **row.data, "approved_at": row.approved_at.isoformat() if row.approved_at else None,
              "updated_at": row.stored_at.isoformat()}  # fmt: skip
    if actor.may(policies.change_update, str(row.author)):
        public |= {"note": row.note, "author": str(row.author), "revision": row.revision}
    return public


def visible(row: Row[Any], actor: Actor) -> bool:
    """Whether the actor may know of this update."""
    return row.state == "approved" or actor.may(policies.change_update, str(row.author))


async def _locked(session: AsyncSession, actor: Actor, update_id: UUID, policy: Any, revision: int | None) -> Row[Any]:
    row = await repository.lock(session, update_id)
    if row is None or not (visible(row, actor) or actor.may(policies.review_update)):
        # To others an unpublished update looks like none; the check below still counts as made.
        actor.checked.add(policy.__name__)
        raise NotFound("there is no such update")
    actor.must(policy, *([str(row.author)] if policy is policies.change_update else []))
    if revision is not None and row.revision != revision:
        raise PreconditionFailed(f"the update is at revision {row.revision}, not {revision}")
    return row


def _require(row: Row[Any], *states: str) -> None:
    if row.state not in states:
        raise WrongState(f"the update is {row.state}; this needs {' or '.join(states)}")


async def _store_state(session: AsyncSession, actor: Actor, row: Row[Any], action: str, **values: Any) -> Row[Any]:
    changed = await repository.store(session, row, **values)
    outbox.note(session, repository.AGGREGATE, row.id)
    await audit.record(session, actor, action, "update", row.id, _digestible(row), _digestible(changed))
    return changed


def _digestible(row: Row[Any]) -> Mapping[str, Any]:
    return {"state": row.state, "note": row.note, **row.data}
