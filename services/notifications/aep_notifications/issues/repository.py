"""All SQL about issues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from aep_notifications.delivery.models import Delivery, DeliveryState
from aep_notifications.issues.models import Issue, IssueState, IssueUpdate
from aep_notifications.subscriptions.models import MailingList, Subscriber
from aep_shared.contracts.registry import Update
from aep_shared.contracts.topics import UPDATE
from aep_shared.database.tables import UNSEEN, database_now

PUBLIC_STATES = (IssueState.SENDING, IssueState.SENT)
LISTED = 200


@dataclass(frozen=True, slots=True)
class Item:
    """An update in an issue, and what it says; nothing where it is no longer public as it was approved."""

    id: UUID
    position: int
    update: Update | None


async def lock_list(session: AsyncSession, slug: str) -> bool:
    """Two issues of a list are assembled one after the other; whether there is such a list."""
    return bool(await session.scalar(select(MailingList).where(col(MailingList.slug) == slug).with_for_update()))


async def waiting_updates(session: AsyncSession, slug: str, frequency: str) -> list[Update]:
    """Approved updates of the list that no issue for this frequency holds yet, the oldest first."""
    waiting = await session.scalars(_WAITING, {"list": slug, "frequency": frequency})
    return [UPDATE.read(data) for data in waiting]


async def add_items(session: AsyncSession, issue: Issue, updates: Sequence[Update]) -> None:
    """Takes updates into an issue, in this order."""
    await session.flush()
    whose = {"issue": issue.id, "list": issue.list, "frequency": issue.frequency}
    taken = [
        {**whose, "update_id": taken.id, "approved_at": taken.approved_at, "position": position}
        for position, taken in enumerate(updates)
    ]
    await session.execute(insert(IssueUpdate), taken)


async def drop_withdrawn(session: AsyncSession, issue: UUID) -> int:
    """Takes out what is no longer public as it was approved; how many are left."""
    await session.execute(_DROP_WITHDRAWN, {"id": issue})
    return len(await items(session, issue))


async def find(session: AsyncSession, issue: UUID, *, lock: bool = False) -> Issue | None:
    """With `lock` nobody else changes it until the transaction ends."""
    wanted = select(Issue).where(col(Issue.id) == issue)
    return (await session.scalars(wanted.with_for_update() if lock else wanted)).one_or_none()


async def newest(session: AsyncSession, *, public_only: bool) -> Sequence[Issue]:
    """The newest issues, at most `LISTED`."""
    wanted = select(Issue).order_by(col(Issue.created_at).desc()).limit(LISTED)
    return (await session.scalars(wanted.where(col(Issue.state).in_(PUBLIC_STATES)) if public_only else wanted)).all()


async def items(session: AsyncSession, issue: UUID) -> list[Item]:
    return (await items_of(session, [issue]))[issue]


async def items_of(session: AsyncSession, issues: Sequence[UUID]) -> Mapping[UUID, list[Item]]:
    """The items of issues in their order."""
    found: dict[UUID, list[Item]] = {issue: [] for issue in issues}
    for issue, update_id, position, data in await session.execute(_ITEMS, {"issues": issues}):
        found[issue].append(Item(update_id, position, None if data is None else UPDATE.read(data)))
    return found


async def keep_items(session: AsyncSession, issue: UUID, updates: Sequence[UUID]) -> None:
    """Keeps those of these items that the issue has, in this order; the others wait for the next issue."""
    theirs = col(IssueUpdate.issue) == issue
    others = delete(IssueUpdate).where(theirs, col(IssueUpdate.update_id).not_in(updates))
    await session.execute(others, execution_options=UNSEEN)
    order = [{"issue": issue, "update_id": update_id, "position": place} for place, update_id in enumerate(updates)]
    await session.execute(_ORDER, order)


async def queue_deliveries(session: AsyncSession, issue: Issue) -> int:
    """A delivery for each confirmed subscriber of the list for whom the issue may have something new; how many.

    Whoever changed the frequency meanwhile gets from it what the issues of the new frequency brought before the change.
    """
    arguments = {"issue": issue.id, "list": issue.list, "frequency": issue.frequency}
    return len((await session.execute(_QUEUE, arguments)).all())


async def stop(session: AsyncSession, issue: UUID) -> None:
    """Drops the mails that are not committed; the updates wait for the next issue, for whoever did not get them."""
    queued = update(Delivery).where(col(Delivery.issue) == issue, col(Delivery.state) == DeliveryState.QUEUED)
    dropped = queued.values(state=DeliveryState.DROPPED, finished_at=database_now())
    await session.execute(dropped, execution_options=UNSEEN)
    await session.execute(delete(IssueUpdate).where(col(IssueUpdate.issue) == issue), execution_options=UNSEEN)


async def delivery_counts_of(session: AsyncSession, issues: Sequence[UUID]) -> Mapping[UUID, dict[str, int]]:
    """How many deliveries of each issue are in which state."""
    found: dict[UUID, dict[str, int]] = {issue: {} for issue in issues}
    each = (col(Delivery.issue), col(Delivery.state))
    counts = select(*each, func.count()).where(col(Delivery.issue).in_(issues)).group_by(*each).order_by(*each)
    for issue, state, number in await session.execute(counts):
        found[issue][state] = number
    return found


async def in_doubt_of(session: AsyncSession, issues: Sequence[UUID]) -> Mapping[UUID, list[str]]:
    """The addresses whose mail of an issue may or may not have gone out."""
    found: dict[UUID, list[str]] = {issue: [] for issue in issues}
    doubtful = (
        select(col(Delivery.issue), col(Subscriber.email))
        .join(Subscriber, col(Subscriber.id) == col(Delivery.subscriber))
        .where(col(Delivery.issue).in_(issues), col(Delivery.state) == DeliveryState.IN_DOUBT)
        .order_by(col(Delivery.issue), col(Subscriber.email))
    )
    for issue, email in await session.execute(doubtful):
        found[issue].append(email)
    return found


_WAITING = text(f"""
SELECT r.data FROM replicas r
JOIN lists l ON l.slug = :list
WHERE r.topic = '{UPDATE.name}' AND NOT r.deleted
  AND (l.about_types IS NULL OR r.data -> 'about' ->> 'type' = ANY (l.about_types))
  AND NOT EXISTS (SELECT 1 FROM issue_items i WHERE i.list = :list AND i.frequency = :frequency
                  AND i.update_id = r.key::uuid AND i.approved_at = (r.data ->> 'approved_at')::timestamptz)
ORDER BY (r.data ->> 'approved_at')::timestamptz, r.key
""")
_DROP_WITHDRAWN = text("""
DELETE FROM issue_items n WHERE n.issue = :id
  AND NOT EXISTS (SELECT 1 FROM live_items l WHERE l.issue = n.issue AND l.update_id = n.update_id)
""")
_ITEMS = text("""
SELECT n.issue, n.update_id, n.position, l.data FROM issue_items n
LEFT JOIN live_items l ON l.issue = n.issue AND l.update_id = n.update_id
WHERE n.issue = ANY (CAST(:issues AS uuid[])) ORDER BY n.issue, n.position
""")
# The items are found once and not once a reader. Whether a reader of this frequency got one already is looked up when
# the mail is committed; here only where it decides alone.
_QUEUE = text("""
WITH live AS MATERIALIZED (
    SELECT list, update_id, approved_at FROM live_items WHERE issue = :issue
)
INSERT INTO deliveries (issue, subscriber)
SELECT :issue, s.id FROM subscribers s JOIN subscriptions m ON m.subscriber = s.id AND m.list = :list
WHERE s.state = 'confirmed' AND m.since <= (SELECT max(approved_at) FROM live)
  AND (s.frequency = :frequency OR EXISTS (
    SELECT 1 FROM live n
    JOIN issue_items p ON p.list = n.list AND p.frequency = s.frequency AND p.update_id = n.update_id
        AND p.approved_at = n.approved_at
    JOIN issues o ON o.id = p.issue AND o.state IN ('sending', 'sent')
    WHERE n.approved_at >= m.since
      AND NOT EXISTS (SELECT 1 FROM deliveries w WHERE w.issue = o.id AND w.subscriber = s.id
                        AND w.state IN ('queued', 'committed'))
      AND NOT EXISTS (SELECT 1 FROM delivered_items t WHERE t.subscriber = s.id
                        AND t.update_id = n.update_id AND t.approved_at = n.approved_at)))
ON CONFLICT DO NOTHING RETURNING subscriber
""")
_ORDER = text("UPDATE issue_items SET position = :position WHERE issue = :issue AND update_id = :update_id")
