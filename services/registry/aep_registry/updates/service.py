"""Use cases of updates: draft, submit, take back, return with a note, approve, withdraw, restore.

Only an approved update is ever public; a withdrawn one disappears everywhere. Two people stand behind what is public:
whoever wrote the text, changed it or handed it in does not approve it. Every rule is checked on the locked row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry import policies
from aep_registry.errors import NoSuchRecord, OwnUpdate, WrongState
from aep_registry.kinds import ABOUT, kept_slug
from aep_registry.updates import repository
from aep_registry.updates.schemas import UpdateChange, UpdateIn
from aep_shared.access import audit
from aep_shared.access.actor import Actor, Policy
from aep_shared.errors import InvalidInput, NotFound, PreconditionFailed, Unauthorised
from aep_shared.flow import outbox
from aep_shared.http.lists import ListRequest
from aep_shared.registers.service import present_slug

EDITABLE = ("draft", "returned")


async def create(session: AsyncSession, actor: Actor, given: UpdateIn) -> Row[Any]:
    """A new draft.

    Raises `Forbidden` for somebody who does not answer for what it is about, and `NoSuchRecord`.
    """
    about = given.about
    slug = await kept_slug(session, about.type, about.slug)
    actor.must(policies.write_update, about.type, slug or about.slug)
    if slug is None:
        raise NoSuchRecord(f"there is no {about.type} '{about.slug}'")
    document = given.model_dump(mode="json", exclude={"about"})
    row = await repository.add(session, actor.authors, {"type": about.type, "slug": slug}, document)
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
    changed = await repository.store(
        session, row, data={**row.data, **fields}, content_by=actor.joining(row.content_by)
    )
    await audit.record(session, actor, "change", "update", row.id, row.data, changed.data)
    return changed


async def submit(session: AsyncSession, actor: Actor, update_id: UUID, revision: int | None) -> Row[Any]:
    """Hands an update to the office."""
    row = await _locked(session, actor, update_id, policies.change_update, revision)
    _require(row, *EDITABLE)
    return await _store_state(
        session, actor, row, "submit", state="submitted", note=None, content_by=actor.joining(row.content_by)
    )


async def take_back(session: AsyncSession, actor: Actor, update_id: UUID, revision: int | None) -> Row[Any]:
    """Makes one's own submitted update a draft again."""
    row = await _locked(session, actor, update_id, policies.own_update, revision)
    _require(row, "submitted")
    return await _store_state(session, actor, row, "take-back", state="draft", content_by=[])


async def send_back(session: AsyncSession, actor: Actor, update_id: UUID, note: str, revision: int | None) -> Row[Any]:
    """Returns a submitted update to its author with a note."""
    row = await _locked(session, actor, update_id, policies.review_update, revision)
    _require(row, "submitted")
    return await _store_state(session, actor, row, "return", state="returned", note=note, content_by=[])


async def approve(session: AsyncSession, actor: Actor, update_id: UUID, revision: int | None) -> Row[Any]:
    """Makes a submitted update public; nobody approves what she or he wrote, changed or handed in."""
    row = await _locked(session, actor, update_id, policies.review_update, revision)
    _require(row, "submitted")
    if actor.subject in (row.author, *row.content_by):
        raise OwnUpdate()
    return await _store_state(
        session, actor, row, "approve", state="approved", approved_at=repository.NOW, approved_by=actor.subject
    )


async def withdraw(session: AsyncSession, actor: Actor, update_id: UUID, revision: int | None) -> Row[Any]:
    """Discards an update, by its author before the approval; takes a public one back, by the office."""
    row = await _locked(session, actor, update_id, policies.change_update, revision)
    if row.approved_at is not None:
        actor.must(policies.review_update)
    _require(row, "draft", "submitted", "returned", "approved")
    return await _store_state(session, actor, row, "withdraw", state="withdrawn")


async def restore(session: AsyncSession, actor: Actor, update_id: UUID, revision: int | None) -> Row[Any]:
    """Makes a discarded update a draft again, within 28 days."""
    row = await _locked(session, actor, update_id, policies.change_update, revision)
    if not discarded(row):
        raise WrongState(f"the update is {row.state}; this needs one that was discarded and never public")
    return await _store_state(session, actor, row, "restore", state="draft")


async def following(session: AsyncSession, wanted: ListRequest) -> ListRequest:
    """The request for updates about a record by the slug that it has now, whichever it was asked by."""
    slug = wanted.filters.get("about")
    if slug is None:
        return wanted
    asked = wanted.filters.get("about_type")
    kinds = [ABOUT[asked]] if asked in ABOUT else ABOUT.values() if asked is None else ()
    for kind in kinds:
        if (present := await present_slug(session, kind, slug)) != slug:
            return replace(wanted, filters={**wanted.filters, "about": present})
    return wanted


def of_oneself(wanted: ListRequest, actor: Actor) -> ListRequest:
    """The request for the updates of `author=me`: who wrote what is nobody else's to search.

    Raises `Unauthorised` for a visitor without a name, and `InvalidInput`.
    """
    if wanted.filters["author"] != "me":
        raise InvalidInput("author is me, for the updates of whoever asks")
    if actor.subject is None:
        raise Unauthorised()
    return replace(wanted, filters={**wanted.filters, "author": str(actor.subject)})


def shown(row: Row[Any], actor: Actor) -> dict[str, Any]:
    """An update as the API shows it; what only its author and the office may know is left out for others."""
    public = {
        "id": str(row.id),
        "about": {"type": row.about_type, "slug": row.about_slug},
        "state": row.state,
        **row.data,
        "approved_at": row.approved_at.isoformat() if row.approved_at else None,
        "updated_at": row.stored_at.isoformat(),
    }
    if actor.may(policies.see_update, *_whose(row)):
        public |= {
            "note": row.note,
            "author": str(row.author),
            "content_by": [str(one) for one in row.content_by],
            "discarded": discarded(row),
            "revision": row.revision,
        }
    return public


def visible(row: Row[Any], actor: Actor) -> bool:
    """Whether the actor may know of this update."""
    return row.state == "approved" or actor.may(policies.see_update, *_whose(row))


def discarded(row: Row[Any]) -> bool:
    """Whether it was put away and never public, so that it can be brought back."""
    return row.state == "withdrawn" and row.approved_at is None


async def _locked(
    session: AsyncSession, actor: Actor, update_id: UUID, policy: Policy, revision: int | None
) -> Row[Any]:
    """The update, locked, if `policy` allows it; to whoever may not see it an unpublished one looks like none."""
    row = await repository.lock(session, update_id)
    if row is None or not visible(row, actor):
        raise NotFound("there is no such update")
    actor.must(policy, *(() if policy is policies.review_update else _whose(row)))
    if revision is not None and row.revision != revision:
        raise PreconditionFailed(f"the update is at revision {row.revision}, not {revision}")
    return row


def _whose(row: Row[Any]) -> tuple[str, str, str]:
    """What the policies of updates ask for."""
    return str(row.author), row.about_type, row.about_slug


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
