"""Each reader gets each approved update of her or his lists exactly once, and nobody gets an empty mail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from aep_notifications.subscriptions.service import unsubscribe
from aep_shared.database import Database
from tests.notifications.newsletters import (
    approved,
    assembled,
    deliver,
    due_now,
    finished,
    in_state,
    join,
    reader,
    sender,
    sent,
    states,
    withdraw,
)
from tests.shared.flowing import running, until
from tests.shared.smtp import Smtp, says, smtp_server
from tests.shared.statements import run, values

BOTH = {"newsletter": "2026-01-01T00:00:00Z", "initiatives": "2026-01-01T00:00:00Z"}


@pytest.fixture
async def server() -> AsyncIterator[Smtp]:
    async with smtp_server() as made:
        yield made


def times(server: Smtp, title: str) -> int:
    """In how many mails an update stands."""
    return sum(f"text of {title}".encode() in raw for _, raw in server.got)


@pytest.mark.parametrize("one_after_the_other", [True, False])
async def test_issues_of_two_lists_sent_in_another_order_than_made_bring_an_update_once(
    notifications: Database, server: Smtp, one_after_the_other: bool
) -> None:
    await approved(notifications, "one")
    await reader(notifications, lists=BOTH)
    first, second = await assembled(notifications), await assembled(notifications, "initiatives")
    await sent(notifications, second)
    if one_after_the_other:
        await deliver(notifications, server)
    await sent(notifications, first)
    await deliver(notifications, server)
    assert (len(server.got), times(server, "one")) == (1, 1)


@pytest.mark.parametrize("order", [("monthly", "weekly"), ("weekly", "monthly")])
async def test_a_reader_who_changes_the_frequency_between_two_issues_gets_an_update_once(
    notifications: Database, server: Smtp, order: tuple[str, str]
) -> None:
    """Also where the issue of the new frequency went out before the change: then the other one brings it."""
    await approved(notifications, "one")
    subscriber = await reader(notifications, frequency="monthly")
    made = {each: await assembled(notifications, frequency=each) for each in ("weekly", "monthly")}
    await sent(notifications, made[order[0]])
    await deliver(notifications, server)
    await run(notifications, "UPDATE subscribers SET frequency = 'weekly' WHERE id = :id", id=subscriber)
    await sent(notifications, made[order[1]])
    await deliver(notifications, server)
    assert (len(server.got), times(server, "one")) == (1, 1)


async def test_what_the_new_frequency_brought_before_the_change_comes_with_its_next_issue(
    notifications: Database, server: Smtp
) -> None:
    await approved(notifications, "one")
    subscriber = await reader(notifications, frequency="monthly")
    await sent(notifications, await assembled(notifications, frequency="weekly"))
    await deliver(notifications, server)
    await run(notifications, "UPDATE subscribers SET frequency = 'weekly' WHERE id = :id", id=subscriber)
    await approved(notifications, "two", "2026-03-01T00:00:00Z")
    await sent(notifications, await assembled(notifications, frequency="weekly"))
    await deliver(notifications, server)
    assert (len(server.got), times(server, "one"), times(server, "two")) == (1, 1, 1)


async def test_readers_of_the_other_frequency_get_nothing_twice(notifications: Database, server: Smtp) -> None:
    await approved(notifications, "one")
    await reader(notifications, frequency="weekly")
    for frequency in ("weekly", "monthly"):
        await sent(notifications, await assembled(notifications, frequency=frequency))
        await deliver(notifications, server)
    assert len(server.got) == 1


async def test_an_update_older_than_one_subscription_comes_with_the_other(
    notifications: Database, server: Smtp
) -> None:
    await approved(notifications, "early", "2026-02-01T00:00:00Z")
    await approved(notifications, "late", "2026-04-01T00:00:00Z")
    await reader(notifications, lists={"newsletter": "2026-03-01T00:00:00Z", "initiatives": "2026-01-01T00:00:00Z"})
    for slug in ("newsletter", "initiatives"):
        await sent(notifications, await assembled(notifications, slug))
        await deliver(notifications, server)
    assert (times(server, "early"), times(server, "late")) == (1, 1)


async def test_an_update_older_than_the_subscription_is_not_mailed(notifications: Database, server: Smtp) -> None:
    await approved(notifications, "old", "2025-12-31T23:59:59Z")
    await approved(notifications, "new", "2026-01-01T00:00:00Z")
    await reader(notifications)
    await sent(notifications, await assembled(notifications))
    await deliver(notifications, server)
    assert (times(server, "old"), times(server, "new")) == (0, 1)


async def _leave(database: Database, subscriber: UUID) -> None:
    async with database.transaction() as session:
        (token,) = await values(database, "SELECT token FROM subscribers WHERE id = :id", id=subscriber)
        await unsubscribe(session, token)


async def test_a_reader_who_left_everything_while_it_was_queued_gets_nothing(
    notifications: Database, server: Smtp
) -> None:
    await approved(notifications, "one")
    subscriber = await reader(notifications)
    await reader(notifications, "stays@reader.example")
    await sent(notifications, await assembled(notifications))
    await _leave(notifications, subscriber)
    await deliver(notifications, server)
    assert server.readers == ["stays@reader.example"]
    assert (await states(notifications))["r@reader.example"] == "dropped"


async def test_a_reader_who_left_and_came_back_gets_nothing_of_before(notifications: Database, server: Smtp) -> None:
    await approved(notifications, "one")
    subscriber = await reader(notifications)
    await sent(notifications, await assembled(notifications))
    await _leave(notifications, subscriber)
    await run(notifications, "UPDATE subscribers SET state = 'confirmed' WHERE id = :id", id=subscriber)
    await join(notifications, subscriber, "newsletter", "2026-06-01T00:00:00Z")
    await deliver(notifications, server)
    assert server.got == []


async def test_a_reader_who_left_one_list_gets_the_update_with_the_other(notifications: Database, server: Smtp) -> None:
    await approved(notifications, "one")
    subscriber = await reader(notifications, lists=BOTH)
    first, second = await assembled(notifications), await assembled(notifications, "initiatives")
    await sent(notifications, first)
    await run(notifications, "DELETE FROM subscriptions WHERE subscriber = :id AND list = 'newsletter'", id=subscriber)
    await deliver(notifications, server)
    assert server.got == []
    await sent(notifications, second)
    await deliver(notifications, server)
    assert (len(server.got), times(server, "one")) == (1, 1)


async def test_pending_readers_get_nothing(notifications: Database, server: Smtp) -> None:
    await approved(notifications, "one")
    await run(notifications, "UPDATE subscribers SET state = 'pending' WHERE id = :id", id=await reader(notifications))
    await sent(notifications, await assembled(notifications))
    await deliver(notifications, server)
    assert (server.got, await states(notifications)) == ([], {})


async def test_what_is_withdrawn_after_sending_began_is_in_no_mail(notifications: Database, server: Smtp) -> None:
    gone = await approved(notifications, "gone")
    await approved(notifications, "stays")
    await reader(notifications)
    await sent(notifications, await assembled(notifications))
    await withdraw(notifications, gone)
    await deliver(notifications, server)
    assert (len(server.got), times(server, "gone"), times(server, "stays")) == (1, 0, 1)


async def test_an_issue_of_which_everything_is_withdrawn_makes_no_mail(notifications: Database, server: Smtp) -> None:
    gone = await approved(notifications, "gone")
    await reader(notifications)
    await sent(notifications, await assembled(notifications))
    await withdraw(notifications, gone)
    await deliver(notifications, server)
    assert (server.got, await in_state(notifications, "dropped")) == ([], ["r@reader.example"])


async def test_an_update_that_is_approved_anew_is_another_one(notifications: Database, server: Smtp) -> None:
    update = await approved(notifications, "first words")
    await reader(notifications)
    await sent(notifications, await assembled(notifications))
    await approved(notifications, "better words", "2026-05-01T00:00:00Z", id=update)
    await deliver(notifications, server)
    assert server.got == []
    await sent(notifications, await assembled(notifications))
    await deliver(notifications, server)
    assert (times(server, "first words"), times(server, "better words")) == (0, 1)


async def test_what_was_refused_comes_with_the_next_issue(notifications: Database, server: Smtp) -> None:
    await approved(notifications, "one")
    await reader(notifications)
    server.at["RCPT"] = says("550 no such mailbox", times=1)
    await sent(notifications, await assembled(notifications))
    await deliver(notifications, server)
    assert await in_state(notifications, "refused") == ["r@reader.example"]
    await approved(notifications, "two", "2026-03-01T00:00:00Z")
    await sent(notifications, await assembled(notifications))
    await deliver(notifications, server)
    assert (len(server.got), times(server, "one"), times(server, "two")) == (1, 1, 1)


async def test_a_mail_that_is_put_off_leaves_its_updates_to_whatever_goes_first(
    notifications: Database, server: Smtp
) -> None:
    await approved(notifications, "one")
    await reader(notifications, lists=BOTH)
    first, second = await assembled(notifications), await assembled(notifications, "initiatives")
    server.at["RCPT"] = says("450 greylisted", times=1)
    await sent(notifications, first)
    async with running(sender(notifications, server).run):
        await until(lambda: server.tried)
        await sent(notifications, second)
        await until(lambda: server.got)
        await due_now(notifications)
        await until(lambda: finished(notifications))
    assert (len(server.got), times(server, "one")) == (1, 1)
