"""What people see of deliveries and decide about them: who is in doubt, send again or leave it, and the mail itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aep_notifications import policies
from aep_notifications.delivery import decisions_repository as repository
from aep_notifications.delivery.models import Delivery, DeliveryState
from aep_notifications.delivery.rendering import written
from aep_notifications.delivery.schemas import DeliveryOut, Preview
from aep_notifications.errors import DeliveryUnknown, WrongDeliveryState
from aep_notifications.issues import repository as issues
from aep_notifications.subscriptions.models import Subscriber
from aep_shared.access import audit
from aep_shared.access.actor import Actor
from aep_shared.contracts.registry import Update
from aep_shared.errors import NotFound
from aep_shared.language import in_language

LISTED = 1000
MAY_GO_AGAIN = (DeliveryState.IN_DOUBT, DeliveryState.REFUSED)


@dataclass(frozen=True, slots=True)
class Shown:
    """An issue as its readers get it, with all of its items."""

    title: dict[str, str]
    introduction: dict[str, str]
    items: Sequence[Update]


async def preview(session: AsyncSession, actor: Actor, issue: UUID, language: str, site_url: str) -> Preview:
    """The mail that an issue makes, for whoever decides about sending it.

    Raises `NotFound`.
    """
    actor.must(policies.edit_issue)
    found = await issues.find(session, issue)
    if found is None:
        raise NotFound("there is no such issue")
    items = [item.update for item in await issues.items(session, issue) if item.update]
    mail = written(Shown(found.title, found.introduction, items), language, site_url, f"{site_url}/subscriptions")
    used = in_language(found.title, language)[1]
    return Preview(subject=mail.subject, text=mail.text, html=mail.html, language=used)


async def deliveries(session: AsyncSession, actor: Actor, issue: UUID, state: DeliveryState) -> list[DeliveryOut]:
    """The deliveries of an issue in one state, by name; at most a thousand."""
    actor.must(policies.approve_issue)
    return [_shown(*row) for row in await repository.in_state(session, issue, state, LISTED)]


async def send_again(session: AsyncSession, actor: Actor, issue: UUID, subscriber: UUID) -> DeliveryOut:
    """Queues a mail again that may not have gone out; the reader gets what no other mail brought meanwhile.

    Of an issue that was stopped nothing is sent: there the next issue brings it.

    Raises `DeliveryUnknown`, and `WrongDeliveryState` for what is not in doubt or refused.
    """
    delivery, reader = await _decidable(session, actor, issue, subscriber, *MAY_GO_AGAIN)
    await repository.queue_again(session, delivery)
    await audit.record(session, actor, "send-again", "delivery", f"{issue}/{subscriber}")
    return _shown(delivery, reader)


async def leave(session: AsyncSession, actor: Actor, issue: UUID, subscriber: UUID) -> DeliveryOut:
    """Settles a delivery in doubt without another mail: what it held counts as delivered.

    Raises `DeliveryUnknown`, and `WrongDeliveryState` for what is not in doubt.
    """
    delivery, reader = await _decidable(session, actor, issue, subscriber, DeliveryState.IN_DOUBT)
    delivery.state = DeliveryState.LEFT
    await audit.record(session, actor, "leave", "delivery", f"{issue}/{subscriber}")
    return _shown(delivery, reader)


async def _decidable(
    session: AsyncSession, actor: Actor, issue: UUID, subscriber: UUID, *states: DeliveryState
) -> tuple[Delivery, Subscriber]:
    actor.must(policies.approve_issue)
    found = await repository.lock(session, issue, subscriber)
    if found is None:
        raise DeliveryUnknown()
    if found[0].state not in states:
        raise WrongDeliveryState(f"the delivery is {found[0].state}; this needs {' or '.join(states)}")
    return found


def _shown(delivery: Delivery, reader: Subscriber) -> DeliveryOut:
    return DeliveryOut(
        subscriber=delivery.subscriber,
        email=reader.email,
        state=delivery.state,
        attempts=delivery.attempts,
        reply=delivery.reply,
        finished_at=delivery.finished_at,
    )
