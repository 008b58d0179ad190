"""All SQL about what people see of deliveries and decide about them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from aep_notifications.delivery.models import DeliveredItem, Delivery, DeliveryState
from aep_notifications.issues.models import Issue, IssueState
from aep_notifications.subscriptions.models import Subscriber
from aep_shared.database.tables import UNSEEN, database_now


async def in_state(
    session: AsyncSession, issue: UUID, state: DeliveryState, limit: int
) -> Sequence[tuple[Delivery, Subscriber]]:
    """The deliveries of an issue in one state, by address."""
    wanted = _of(issue).where(col(Delivery.state) == state).order_by(col(Subscriber.email)).limit(limit)
    return (await session.execute(wanted)).all()


async def lock(session: AsyncSession, issue: UUID, subscriber: UUID) -> tuple[Delivery, Subscriber] | None:
    """A delivery, which nobody else changes until the transaction ends, and whose it is."""
    wanted = _of(issue).where(col(Delivery.subscriber) == subscriber).with_for_update(of=Delivery)
    return (await session.execute(wanted)).one_or_none()


def _of(issue: UUID) -> Select[Delivery, Subscriber]:
    whose = col(Subscriber.id) == col(Delivery.subscriber)
    return select(Delivery, Subscriber).join(Subscriber, whose).where(col(Delivery.issue) == issue)


async def queue_again(session: AsyncSession, delivery: Delivery) -> None:
    """What the delivery held may come again, with it or with another; of an issue that was stopped it is dropped."""
    held = (col(DeliveredItem.issue) == delivery.issue, col(DeliveredItem.subscriber) == delivery.subscriber)
    await session.execute(delete(DeliveredItem).where(*held), execution_options=UNSEEN)
    issue = col(Issue.id) == delivery.issue
    stopped = await session.scalar(select(col(Issue.state)).where(issue)) == IssueState.STOPPED
    delivery.state = DeliveryState.DROPPED if stopped else DeliveryState.QUEUED
    delivery.attempts, delivery.next_attempt_at, delivery.finished_at = 0, database_now(), None
    again = update(Issue).where(issue, col(Issue.state) == IssueState.SENT).values(state=IssueState.SENDING)
    await session.execute(again, execution_options=UNSEEN)
