"""An issue that is being sent can be stopped: what is not committed goes to nobody, and its updates wait."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import pytest

from aep_notifications.delivery import service as deliveries
from aep_notifications.errors import WrongIssueState
from aep_notifications.issues import service as issues
from aep_shared.access.actor import Actor
from aep_shared.database import Database
from aep_shared.errors import Forbidden, NotFound
from tests.notifications.newsletters import (
    DEPUTY,
    EDITOR,
    OFFICER,
    approved,
    assembled,
    deliver,
    finished,
    readers,
    sender,
    sent,
    states,
)
from tests.shared.flowing import running, until
from tests.shared.smtp import Talk, says, smtp_server
from tests.shared.statements import run, values


async def _stopped(database: Database, issue: UUID, actor: Actor = DEPUTY) -> None:
    async with database.transaction() as session:
        await issues.stop(session, actor, issue, None)


async def test_only_what_was_committed_goes_out_and_the_next_issue_brings_the_rest(notifications: Database) -> None:
    await approved(notifications, "one")
    addresses = await readers(notifications, 5)
    issue = await assembled(notifications)
    await sent(notifications, issue)

    async def stop(_talk: Talk) -> str | None:
        if not server.got:
            await _stopped(notifications, issue)
        return None

    async with smtp_server() as server:
        server.at["MAIL"] = stop
        await deliver(notifications, server, connections=1)
        assert len(server.got) == 1
        assert sorted((await states(notifications)).values()) == ["accepted", *["dropped"] * 4]
        await sent(notifications, await assembled(notifications))
        await deliver(notifications, server)
        assert server.readers == addresses


async def test_what_is_put_off_while_the_issue_is_stopped_is_dropped(notifications: Database) -> None:
    """Also where an earlier issue has something left for the reader: nothing goes out under a stopped title."""
    await approved(notifications, "refused before")
    await readers(notifications, 1)
    await sent(notifications, await assembled(notifications))
    async with smtp_server() as server:
        server.at["RCPT"] = says("550 no")
        await deliver(notifications, server)
        server.at["RCPT"] = says("450 later")
        await approved(notifications, "two", "2026-03-01T00:00:00Z")
        issue = await assembled(notifications)
        await sent(notifications, issue)
        async with running(sender(notifications, server).run):
            await until(partial(values, notifications, "SELECT 1 FROM deliveries WHERE reply LIKE '450%'"))
        await _stopped(notifications, issue)
        # As where the reply of the server comes in while the issue is stopped.
        await run(
            notifications, "UPDATE deliveries SET state = 'queued', next_attempt_at = now() WHERE issue = :id", id=issue
        )
        server.at.clear()
        async with running(sender(notifications, server).run):
            await until(
                partial(
                    values,
                    notifications,
                    "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE state IN ('queued', 'committed'))",
                )
            )
        assert server.got == []
        await sent(notifications, await assembled(notifications))
        await deliver(notifications, server)
        ((_, raw),) = server.got
    assert b"text of refused before" in raw
    assert b"text of two" in raw


async def test_doubt_of_a_stopped_issue_comes_with_the_next_when_a_person_says_so(notifications: Database) -> None:
    await approved(notifications, "one")
    await readers(notifications, 1)
    issue = await assembled(notifications)
    await sent(notifications, issue)
    await run(
        notifications,
        "INSERT INTO delivered_items SELECT d.subscriber, n.update_id, n.approved_at, d.issue"
        " FROM deliveries d JOIN issue_items n ON n.issue = d.issue",
    )
    await run(notifications, "UPDATE deliveries SET state = 'in-doubt'")
    await _stopped(notifications, issue)
    async with notifications.transaction() as session:
        (subscriber,) = await values(notifications, "SELECT id FROM subscribers")
        assert (await deliveries.send_again(session, OFFICER, issue, subscriber)).state == "dropped"
    await sent(notifications, await assembled(notifications))
    async with smtp_server() as server:
        await deliver(notifications, server)
        assert len(server.got) == 1


async def test_the_office_alone_stops_what_is_being_sent_and_it_is_audited(notifications: Database) -> None:
    await approved(notifications, "one")
    issue = await assembled(notifications)
    with pytest.raises(WrongIssueState):
        await _stopped(notifications, issue)
    await sent(notifications, issue)
    with pytest.raises(Forbidden):
        await _stopped(notifications, issue, EDITOR)
    await _stopped(notifications, issue)
    async with notifications.transaction() as session:
        with pytest.raises(NotFound):
            await issues.visible(session, issue, Actor())
    assert await values(notifications, "SELECT actor FROM audit WHERE action = 'stop'") == [DEPUTY.name]
    assert await finished(notifications)
