"""Addresses that nobody confirmed and mails of the mailbox are forgotten after their time, and nothing else."""

from __future__ import annotations

from aep_notifications.mailbox.repository import FORGETS as OF_MAILBOX
from aep_notifications.subscriptions.repository import FORGETS as OF_SUBSCRIPTIONS
from aep_shared.database import Database
from aep_shared.service import housekeeping
from tests.shared.statements import run, values


async def test_addresses_that_nobody_confirmed_are_forgotten(notifications: Database) -> None:
    people = {
        "old": ("pending", 8),
        "recent": ("pending", 6),
        "asked-again": ("pending", 8),
        "reader": ("confirmed", 99),
    }
    for name, (state, days) in people.items():
        await run(
            notifications,
            "INSERT INTO subscribers (id, email, languages, frequency, state, token, requested_at)"
            " VALUES (uuidv7(), :name, '{en}', 'weekly', :state, :name,"
            " clock_timestamp() - make_interval(days => :days))",
            name=name,
            state=state,
            days=days,
        )
    await run(
        notifications,
        "INSERT INTO confirmations (token_hash, subscriber, languages, frequency, lists,"
        " expires_at) SELECT '', id, '{en}', 'weekly', '{}', clock_timestamp() + interval '1 day'"
        " FROM subscribers WHERE email = 'asked-again'",
    )
    await run(
        notifications,
        "INSERT INTO mailbox (id, sender, recipient, raw, received_at)"
        " SELECT uuidv7(), 's', name, '', clock_timestamp() - make_interval(days => days)"
        " FROM (VALUES ('old', 31), ('recent', 29)) AS mails (name, days)",
    )
    await housekeeping.clear(notifications, (*OF_SUBSCRIPTIONS, *OF_MAILBOX))
    left = await values(notifications, "SELECT email FROM subscribers ORDER BY 1")
    assert left == ["asked-again", "reader", "recent"]
    assert await values(notifications, "SELECT recipient FROM mailbox") == ["recent"]
