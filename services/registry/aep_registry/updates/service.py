"""Use cases of updates: draft, submit, take back, return with a note, approve, withdraw, restore.

Only an approved update is ever public; a withdrawn one disappears everywhere. Two people stand behind what is public:
whoever wrote the text, changed it or handed it in does not approve it. Every rule is checked on the locked row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry import policies
from aep_registry.errors import NoSuchRecord, OwnUpdate, WrongState
from aep_registry.registers import ABOUT, kept_slug
from aep_registry.updates import repository
from aep_registry.updates.models import Update, UpdateState, Words
from aep_registry.updates.schemas import OwnUpdateOut, UpdateChange, UpdateIn, UpdateOut, UpdateQuery
from aep_shared.access import audit
from aep_shared.access.actor import Actor, Policy
from aep_shared.database.tables import database_now
from aep_shared.errors import InvalidInput, NotFound, Unauthorised
from aep_shared.flow import outbox
from aep_shared.http.revisions import require_revision
from aep_shared.registers.service import present_slug

EDITABLE = (UpdateState.DRAFT, UpdateState.RETURNED)


async def create(session: AsyncSession, actor: Actor, given: UpdateIn) -> Update:
    """A new draft.

    Raises `Forbidden` for somebody who does not answer for what it is about, and `NoSuchRecord`.
    """
    about = given.about
    slug = await kept_slug(session, about.type, about.slug)
    actor.must(policies.write_update, about.type, slug or about.slug)
    if slug is None:
        raise NoSuchRecord(f"there is no {about.type} '{about.slug}'")
    words = Words.model_validate(given.model_dump(exclude={"about"}))
    authors = actor.authors
    row = Update(author=authors[0], about_type=about.type, about_slug=slug, words=words, content_by=list(authors))
    session.add(row)
    await session.flush()
    await audit.record(session, actor, "create", "update", row.id, None, words.model_dump(mode="json"))
    return row


async def change(
    session: AsyncSession, actor: Actor, update_id: UUID, given: UpdateChange, revision: int | None
) -> Update:
    """Changes a draft or a returned update."""
    row = await _locked(session, actor, update_id, policies.change_update, revision)
    _require(row, *EDITABLE)
    fields = given.model_dump(mode="json", exclude_unset=True)
    if any(value is None for value in fields.values()):
        raise InvalidInput("a field of an update cannot be null")
    before = row.words.model_dump(mode="json")
    row.words, row.content_by = Words.model_validate({**before, **fields}), actor.joining(row.content_by)
    row.changed()
    await session.flush()
    await audit.record(session, actor, "change", "update", row.id, before, row.words.model_dump(mode="json"))
    return row


async def submit(session: AsyncSession, actor: Actor, update_id: UUID, revision: int | None) -> Update:
    """Hands an update to the office."""
    row = await _locked(session, actor, update_id, policies.change_update, revision)
    _require(row, *EDITABLE)
    authors = actor.joining(row.content_by)
    return await _moved(session, actor, row, "submit", UpdateState.SUBMITTED, note=None, content_by=authors)


async def take_back(session: AsyncSession, actor: Actor, update_id: UUID, revision: int | None) -> Update:
    """Makes one's own submitted update a draft again."""
    row = await _locked(session, actor, update_id, policies.own_update, revision)
    _require(row, UpdateState.SUBMITTED)
    return await _moved(session, actor, row, "take-back", UpdateState.DRAFT, content_by=[])


async def send_back(session: AsyncSession, actor: Actor, update_id: UUID, note: str, revision: int | None) -> Update:
    """Returns a submitted update to its author with a note."""
    row = await _locked(session, actor, update_id, policies.review_update, revision)
    _require(row, UpdateState.SUBMITTED)
    return await _moved(session, actor, row, "return", UpdateState.RETURNED, note=note, content_by=[])


async def approve(session: AsyncSession, actor: Actor, update_id: UUID, revision: int | None) -> Update:
    """Makes a submitted update public; nobody approves what she or he wrote, changed or handed in."""
    row = await _locked(session, actor, update_id, policies.review_update, revision)
    _require(row, UpdateState.SUBMITTED)
    if actor.subject in (row.author, *row.content_by):
        raise OwnUpdate()
    approved = {"approved_at": database_now(), "approved_by": actor.subject}
    return await _moved(session, actor, row, "approve", UpdateState.APPROVED, **approved)


async def withdraw(session: AsyncSession, actor: Actor, update_id: UUID, revision: int | None) -> Update:
    """Discards an update, by its author before the approval; takes a public one back, by the office."""
    row = await _locked(session, actor, update_id, policies.change_update, revision)
    if row.approved_at is not None:
        actor.must(policies.review_update)
    _require(row, *EDITABLE, UpdateState.SUBMITTED, UpdateState.APPROVED)
    return await _moved(session, actor, row, "withdraw", UpdateState.WITHDRAWN)


async def restore(session: AsyncSession, actor: Actor, update_id: UUID, revision: int | None) -> Update:
    """Makes a discarded update a draft again, within 28 days."""
    row = await _locked(session, actor, update_id, policies.change_update, revision)
    if not row.discarded:
        raise WrongState(f"the update is {row.state}; this needs one that was discarded and never public")
    return await _moved(session, actor, row, "restore", UpdateState.DRAFT)


async def following(session: AsyncSession, wanted: UpdateQuery) -> UpdateQuery:
    """The request for updates about a record by the slug that it has now, whichever it was asked by."""
    slug, asked = wanted.about, wanted.about_type
    if slug is None:
        return wanted
    registers = [ABOUT[asked]] if asked in ABOUT else ABOUT.values() if asked is None else ()
    for register in registers:
        if (present := await present_slug(session, register, slug)) != slug:
            return wanted.model_copy(update={"about": present})
    return wanted


def of_oneself(wanted: UpdateQuery, actor: Actor) -> UpdateQuery:
    """The request for the updates of `author=me`: who wrote what is nobody else's to search.

    Raises `Unauthorised` for a visitor without a name, and `InvalidInput`.
    """
    if wanted.author != "me":
        raise InvalidInput("author is me, for the updates of whoever asks")
    if actor.subject is None:
        raise Unauthorised()
    return wanted.model_copy(update={"author": actor.subject})


def shown(row: Update, actor: Actor) -> UpdateOut:
    """An update as the API shows it; what only its author and the office may know is left out for others."""
    # What is stored was validated when it was read.
    public: dict[str, Any] = {
        **dict(row.words),
        "id": row.id,
        "about": row.about,
        "state": row.state,
        "approved_at": row.approved_at,
        "updated_at": row.stored_at,
    }
    if not actor.may(policies.see_update, *_whose(row)):
        return UpdateOut.model_construct(**public)
    own = ("note", "author", "content_by", "discarded", "revision")
    return OwnUpdateOut.model_construct(**public, **{name: getattr(row, name) for name in own})


def visible(row: Update, actor: Actor) -> bool:
    """Whether the actor may know of this update."""
    return row.state == UpdateState.APPROVED or actor.may(policies.see_update, *_whose(row))


async def _locked(session: AsyncSession, actor: Actor, update_id: UUID, policy: Policy, revision: int | None) -> Update:
    """The update, locked, if `policy` allows it; to whoever may not see it an unpublished one looks like none."""
    row = await repository.find(session, update_id, lock=True)
    if row is None or not visible(row, actor):
        raise NotFound("there is no such update")
    actor.must(policy, *(() if policy is policies.review_update else _whose(row)))
    require_revision("update", row.revision, revision)
    return row


def _whose(row: Update) -> tuple[str, str, str]:
    """What the policies of updates ask for."""
    return str(row.author), row.about_type, row.about_slug


def _require(row: Update, *states: UpdateState) -> None:
    if row.state not in states:
        raise WrongState(f"the update is {row.state}; this needs {' or '.join(states)}")


async def _moved(
    session: AsyncSession, actor: Actor, row: Update, action: str, state: UpdateState, **values: Any
) -> Update:
    """Stores the new state, and what changes with it."""
    before = _audited(row)
    for name, value in {"state": state, **values}.items():
        setattr(row, name, value)
    row.changed()
    await session.flush()
    outbox.note(session, repository.AGGREGATE, row.id)
    await audit.record(session, actor, action, "update", row.id, before, _audited(row))
    return row


def _audited(row: Update) -> Mapping[str, object]:
    return {"state": row.state, "note": row.note, **row.words.model_dump(mode="json")}
