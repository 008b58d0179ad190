"""Subscriptions: nothing counts before the link is opened, links work again until they end, leaving is always fine."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from aep_notifications.errors import ConfirmationUnknown, SubscriptionUnknown, UnknownList
from aep_notifications.subscriptions import service
from aep_notifications.subscriptions.schemas import SubscriptionIn
from aep_shared.database import Database
from tests.shared.flowing import until
from tests.shared.statements import rows, run, values

READER = "reader@university.example"
SITE = "https://aep.example"


async def asks(database: Database, email: str = READER, **wishes: Any) -> None:
    async with database.transaction() as session:
        await service.subscribe(session, SubscriptionIn(email=email, **wishes), SITE)


async def opens(database: Database, token: str) -> None:
    async with database.transaction() as session:
        await service.confirm(session, token)


async def leaves(database: Database, token: str) -> None:
    async with database.transaction() as session:
        await service.unsubscribe(session, token)


async def links(database: Database) -> list[str]:
    """The tokens of the mails, the oldest first."""
    mails = await values(database, "SELECT text FROM mails ORDER BY id")
    return [re.findall(rf"{SITE}/subscriptions/confirm/(\S+)", mail)[0] for mail in mails]


async def subscriber(database: Database) -> Any:
    (found,) = await rows(database, "SELECT * FROM subscribers")
    return found


async def lists(database: Database) -> Sequence[str]:
    return await values(database, "SELECT list FROM subscriptions ORDER BY list")


async def test_nothing_counts_before_the_link_is_opened(notifications: Database) -> None:
    await asks(notifications, frequency="weekly", languages=["fr", "en"], lists=["newsletter", "initiatives"])
    assert (await subscriber(notifications)).state == "pending"
    assert await lists(notifications) == []
    (token,) = await links(notifications)
    assert token not in str(await rows(notifications, "SELECT * FROM confirmations"))
    await opens(notifications, token)
    found = await subscriber(notifications)
    assert (found.state, found.frequency, found.languages) == ("confirmed", "weekly", ["fr", "en"])
    assert await lists(notifications) == ["initiatives", "newsletter"]


async def test_what_is_asked_for_anew_counts_only_once_it_is_confirmed(notifications: Database) -> None:
    await asks(notifications, lists=["newsletter"])
    await opens(notifications, (await links(notifications))[0])
    before = await subscriber(notifications)
    since = await values(notifications, "SELECT since FROM subscriptions")
    await asks(notifications, email=READER.upper(), frequency="weekly", lists=["newsletter", "initiatives"])
    unchanged = await subscriber(notifications)
    assert (unchanged.id, unchanged.frequency, unchanged.state) == (before.id, "monthly", "confirmed")
    assert await lists(notifications) == ["newsletter"]
    await opens(notifications, (await links(notifications))[1])
    after = await subscriber(notifications)
    assert (after.frequency, after.confirmed_at, after.token) == ("weekly", before.confirmed_at, before.token)
    # A list that goes on keeps its date: what was approved since then is still to come.
    kept = await values(notifications, "SELECT since FROM subscriptions WHERE list = 'newsletter'")
    assert kept == since


async def test_a_list_that_is_no_longer_wanted_is_left(notifications: Database) -> None:
    await asks(notifications, lists=["newsletter", "initiatives"])
    await asks(notifications, lists=["initiatives"])
    first, second = await links(notifications)
    await opens(notifications, first)
    await opens(notifications, second)
    assert await lists(notifications) == ["initiatives"]


async def test_a_link_works_again_until_it_ends(notifications: Database) -> None:
    await asks(notifications)
    (token,) = await links(notifications)
    await opens(notifications, token)
    await opens(notifications, token)
    await run(notifications, "UPDATE confirmations SET expires_at = clock_timestamp() - interval '1 second'")
    with pytest.raises(ConfirmationUnknown):
        await opens(notifications, token)


async def test_an_address_gets_three_links_an_hour(notifications: Database) -> None:
    for _ in range(5):
        await asks(notifications)
    assert len(await links(notifications)) == 3
    await run(notifications, "UPDATE confirmations SET created_at = created_at - interval '61 minutes'")
    await asks(notifications)
    assert len(await links(notifications)) == 4


async def test_a_list_that_does_not_exist_is_named_and_nobody_is_kept(notifications: Database) -> None:
    with pytest.raises(UnknownList, match="nonsense"):
        await asks(notifications, lists=["newsletter", "nonsense"])
    assert await rows(notifications, "SELECT * FROM subscribers") == []


async def test_leaving_ends_everything_and_may_be_repeated(notifications: Database) -> None:
    await asks(notifications)
    await opens(notifications, (await links(notifications))[0])
    await asks(notifications, frequency="weekly")
    token = (await subscriber(notifications)).token
    await leaves(notifications, token)
    first = await subscriber(notifications)
    await leaves(notifications, token)
    again = await subscriber(notifications)
    assert (again.state, again.ended_at) == ("unsubscribed", first.ended_at)
    assert await lists(notifications) == []
    # The link of before brings nobody back, and a token that is nobody's is refused.
    with pytest.raises(ConfirmationUnknown):
        await opens(notifications, (await links(notifications))[1])
    with pytest.raises(SubscriptionUnknown):
        await leaves(notifications, "x" * 30)


async def test_who_left_may_come_back_with_a_new_date(notifications: Database) -> None:
    await asks(notifications)
    await opens(notifications, (await links(notifications))[0])
    before = await values(notifications, "SELECT since FROM subscriptions")
    await leaves(notifications, (await subscriber(notifications)).token)
    await asks(notifications)
    await opens(notifications, (await links(notifications))[1])
    found = await subscriber(notifications)
    assert (found.state, found.ended_at) == ("confirmed", None)
    assert await values(notifications, "SELECT since FROM subscriptions") > before


async def test_a_reader_leaves_while_an_issue_is_queued(notifications: Database) -> None:
    """What is queued refers to its readers, and holds up none of them."""
    await asks(notifications)
    await opens(notifications, (await links(notifications))[0])
    reader = await subscriber(notifications)
    issue = uuid4()
    await run(
        notifications,
        "INSERT INTO issues (id, list, frequency, title, content_by) VALUES (:id, 'newsletter', 'monthly', '{}', '{}')",
        id=issue,
    )
    async with notifications.transaction() as sending:
        queued = text("INSERT INTO deliveries (issue, subscriber) VALUES (:issue, :reader)")
        await sending.execute(queued, {"issue": issue, "reader": reader.id})
        async with notifications.transaction() as leaving:
            await leaving.execute(text("SET LOCAL lock_timeout = '5s'"))
            await service.unsubscribe(leaving, reader.token)


async def test_who_leaves_while_a_link_is_opened_has_left(notifications: Database) -> None:
    await asks(notifications)
    (link,) = await links(notifications)
    reader = await subscriber(notifications)
    async with notifications.transaction() as leaving:
        await service.unsubscribe(leaving, reader.token)
        opening = asyncio.create_task(opens(notifications, link))
        waits = "SELECT 1 FROM pg_locks WHERE NOT granted"
        await until(partial(values, notifications, waits))
    with pytest.raises(ConfirmationUnknown):
        await opening
    assert (await subscriber(notifications)).state == "unsubscribed"
