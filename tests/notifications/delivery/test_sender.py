"""The sender against servers that fail: nobody twice, few in doubt and by name, all others later by themselves."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from aep_notifications.delivery import service
from aep_notifications.delivery.condition import Patience
from aep_notifications.subscriptions.service import unsubscribe
from aep_shared.database import Database
from aep_shared.mail import Fence
from aep_shared.timing import Timing
from tests.notifications.newsletters import (
    OFFICER,
    a_while,
    approved,
    assembled,
    deliver,
    due_now,
    finished,
    in_state,
    reader,
    readers,
    sender,
    sent,
    states,
)
from tests.shared.copies import copy_of
from tests.shared.flowing import running, until
from tests.shared.smtp import Smtp, Talk, drops, says, smtp_server, stalls, waits_for
from tests.shared.statements import rows, run, values


@pytest.fixture
async def server() -> AsyncIterator[Smtp]:
    async with smtp_server() as made:
        yield made


async def _queued(database: Database, count: int = 1) -> list[str]:
    """An issue with one update that is to be sent to so many readers."""
    await approved(database, "one")
    addresses = await readers(database, count)
    await sent(database, await assembled(database))
    return addresses


def once(server: Smtp) -> bool:
    return all(count == 1 for count in Counter(server.readers).values())


# What the server answers.


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "dot"])
async def test_what_is_put_off_is_sent_later(notifications: Database, server: Smtp, step: str) -> None:
    (address,) = await _queued(notifications)
    server.at[step] = says("450 4.2.0 greylisted", times=1)
    async with running(sender(notifications, server).run):
        await until(lambda: values(notifications, "SELECT 1 FROM deliveries WHERE reply LIKE '450%'"))
        assert await states(notifications) == {address: "queued"}
        await due_now(notifications)
        await until(partial(finished, notifications))
    assert server.readers == [address]


async def test_what_is_put_off_is_tried_for_more_than_a_day(notifications: Database, server: Smtp) -> None:
    await _queued(notifications)
    server.at["RCPT"] = says("450 4.2.0 greylisted")
    pauses: list[float] = []
    pause = (
        "SELECT extract(epoch FROM next_attempt_at - clock_timestamp())::float8 FROM deliveries"
        " WHERE state = 'queued' AND attempts = :attempts AND next_attempt_at > clock_timestamp()"
    )
    async with running(sender(notifications, server).run):
        for attempt in range(1, 20):
            pauses += await until(partial(values, notifications, pause, attempts=attempt))
            await due_now(notifications)
        await until(partial(finished, notifications))
    assert pauses[0] < 180
    assert sum(pauses) > 86_400
    assert await in_state(notifications, "refused") == ["r00@reader.example"]


@pytest.mark.parametrize("step", ["RCPT", "DATA", "dot"])
async def test_what_is_refused_is_not_tried_again_and_the_others_go_on(
    notifications: Database, server: Smtp, step: str
) -> None:
    addresses = await _queued(notifications, 5)
    server.at[step] = says("550 no such mailbox", to="r02")
    await deliver(notifications, server)
    assert await in_state(notifications, "refused") == ["r02@reader.example"]
    assert server.readers == [a for a in addresses if a != "r02@reader.example"]
    assert server.tried.count("r02@reader.example") == 1


async def test_a_server_that_refuses_the_sender_costs_no_reader_her_mail(notifications: Database, server: Smtp) -> None:
    addresses = await _queued(notifications, 5)
    server.at["MAIL"] = says("550 not from you", times=3)
    mails = sender(notifications, server)
    async with running(mails.run):
        await until(lambda: _words(mails, "550 not from you"))
        await until(partial(_all_got, notifications, server, addresses))
        await until(partial(finished, notifications))
        assert await mails.status() == "ok"
    assert once(server)


async def _words(mails: Any, words: str) -> bool:
    return words in await mails.status()


async def _all_got(database: Database, server: Smtp, addresses: list[str]) -> bool:
    await due_now(database)
    return server.readers == addresses


@pytest.mark.parametrize(
    ("address", "extensions", "state"),
    [
        ("jos\u00e9@reader.example", (), "refused"),
        ("jos\u00e9@reader.example", ("SMTPUTF8",), "accepted"),
        ("jose@b\u00fccher.example", (), "accepted"),
    ],
)
async def test_an_address_beyond_ascii_is_sent_where_the_server_can_take_it_and_never_in_doubt(
    notifications: Database, address: str, extensions: tuple[str, ...], state: str
) -> None:
    await approved(notifications, "one")
    await reader(notifications, address)
    await reader(notifications, "plain@reader.example")
    await sent(notifications, await assembled(notifications))
    async with smtp_server(Smtp(extensions=extensions)) as server:
        await deliver(notifications, server)
    assert await states(notifications) == {address: state, "plain@reader.example": "accepted"}
    assert server.tried.count("plain@reader.example") == 1


# Where the connection is lost.


@pytest.mark.parametrize("step", ["greeting", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("fault", ["drops", "stalls"])
async def test_a_connection_that_is_lost_before_the_text_leaves_nobody_in_doubt(
    notifications: Database, server: Smtp, step: str, fault: str
) -> None:
    addresses = await _queued(notifications, 6)
    server.at[step] = drops(times=2) if fault == "drops" else stalls(times=2)
    async with running(sender(notifications, server, timeout=0.4).run):
        await until(partial(_all_got, notifications, server, addresses))
        await until(partial(finished, notifications))
    assert once(server)
    assert await in_state(notifications, "in-doubt") == []


@pytest.mark.parametrize("step", ["body", "dot", "after"])
@pytest.mark.parametrize("fault", ["drops", "stalls"])
async def test_a_connection_that_is_lost_with_the_text_leaves_at_most_as_many_in_doubt_as_there_are_connections(
    notifications: Database, server: Smtp, step: str, fault: str
) -> None:
    addresses = await _queued(notifications, 10)
    server.at[step] = drops(times=2) if fault == "drops" else stalls(times=2)
    async with running(sender(notifications, server, timeout=0.4).run):
        await until(lambda: finished_but_for_doubt(notifications, server, addresses))
        await until(partial(finished, notifications))
    doubtful = await in_state(notifications, "in-doubt")
    assert len(doubtful) <= 2
    assert once(server)
    assert set(server.readers) | set(doubtful) == set(addresses)
    if step == "after":
        assert set(doubtful) <= set(server.readers)


async def finished_but_for_doubt(database: Database, server: Smtp, addresses: list[str]) -> bool:
    await due_now(database)
    return set(server.readers) | set(await in_state(database, "in-doubt")) == set(addresses)


async def test_a_server_that_keeps_losing_replies_is_asked_with_one_mail_after_each_rest(
    notifications: Database, server: Smtp
) -> None:
    """Two connections lose two replies; then nothing is risked before the rest is over."""
    await _queued(notifications, 10)
    server.at["after"] = drops()
    mails = sender(notifications, server, patience=Patience(doubt=3600))
    async with running(mails.run):
        await until(lambda: in_state(notifications, "in-doubt"))
        await a_while(1.5)
        assert len(await in_state(notifications, "in-doubt")) == 2
        assert "fails since" in await mails.status()
    assert len(server.got) == 2
    server.got.clear()
    # The next sender is tried with a single mail first only where it knows of the failure; it starts with a full batch.
    server.at["after"] = drops(times=1)
    mails = sender(notifications, server, patience=Patience(doubt=0.05))
    async with running(mails.run):
        await until(partial(finished, notifications))
    assert len(await in_state(notifications, "in-doubt")) == 3


async def test_a_server_that_loses_every_reply_stops_the_sender_until_a_person_decides(
    notifications: Database, server: Smtp
) -> None:
    """Also over a new start; each decision lets one more mail be tried."""
    await _queued(notifications, 9)
    server.at["after"] = drops()
    mails = sender(notifications, server)
    async with running(mails.run):
        await until(lambda: _words(mails, "stopped: 6 readers are in doubt"))
    mails = sender(notifications, server)
    async with running(mails.run):
        await until(lambda: _words(mails, "stopped: 6 readers are in doubt"))
        await a_while()
        doubtful = await in_state(notifications, "in-doubt")
        assert (len(doubtful), len(server.got)) == (6, 6)
        await _left(notifications, doubtful[0])
        await until(lambda: len(server.got) == 7)
        await until(lambda: _words(mails, "stopped: 6 readers are in doubt"))
        server.at.clear()
        await _left(notifications, doubtful[1])
        await until(partial(finished, notifications))
    assert once(server)
    assert len(server.got) == 9


async def _left(database: Database, address: str) -> None:
    (issue,) = await values(database, "SELECT id FROM issues")
    (subscriber,) = await values(database, "SELECT id FROM subscribers WHERE email = :email", email=address)
    async with database.transaction() as session:
        await service.leave(session, OFFICER, issue, subscriber)


async def test_doubt_of_the_days_before_stops_nobody(notifications: Database, server: Smtp) -> None:
    addresses = await _queued(notifications, 8)
    await run(
        notifications,
        "UPDATE deliveries d SET state = 'in-doubt', finished_at = now() - interval '25 hours'"
        " FROM subscribers s WHERE s.id = d.subscriber AND s.email < 'r06'",
    )
    await deliver(notifications, server)
    assert server.readers == addresses[6:]


async def test_after_a_failure_one_mail_is_tried_before_all_connections_are_opened(
    notifications: Database, server: Smtp
) -> None:
    await _queued(notifications, 8)
    open_at_mail: list[int] = []

    async def note(_talk: Talk) -> str | None:
        open_at_mail.append(server.open)
        return None

    server.at |= {"MAIL": note, "after": drops(times=4)}
    await deliver(notifications, server, connections=4)
    assert len(await in_state(notifications, "in-doubt")) == 4
    assert open_at_mail[4] == 1
    assert max(open_at_mail[5:]) > 1


# How many connections.


async def test_a_server_that_lets_one_connection_in_is_only_slower(notifications: Database) -> None:
    addresses = await _queued(notifications, 6)
    async with smtp_server(Smtp(limit=1)) as server:
        read = asyncio.Event()
        server.at["dot"] = waits_for(read, after=server.got)
        mails = sender(notifications, server, connections=4)
        async with running(mails.run):
            await until(lambda: _words(mails, "degraded: fewer connections than wanted: connection refused: 421"))
            read.set()
            await until(partial(finished, notifications))
    assert server.readers == addresses
    assert await in_state(notifications, "accepted") == addresses


async def test_no_more_connections_are_opened_than_mails_are_due(notifications: Database, server: Smtp) -> None:
    await _queued(notifications, 2)
    await deliver(notifications, server, connections=10)
    assert (server.most, len(server.got)) == (2, 2)


async def test_two_senders_and_slow_greetings_are_only_slower(notifications: Database, server: Smtp) -> None:
    """One after the other the greetings would take longer than a leader may be silent."""
    addresses = await _queued(notifications, 8)
    server.at["greeting"] = stalls(0.7)
    timing = Timing(deadline=0.6, request_timeout=0.5, silence=2.0, settle=0.1)
    both = [sender(notifications, server, connections=4, timing=timing).run for _ in range(2)]
    async with running(*both):
        await until(partial(finished, notifications), 20)
    assert server.readers == addresses
    assert await values(notifications, "SELECT max(epoch) FROM leaders WHERE name = 'sender'") == [1]


async def test_a_greeting_longer_than_the_silence_does_not_depose_the_leader(
    notifications: Database, server: Smtp
) -> None:
    addresses = await _queued(notifications, 2)
    server.at["greeting"] = stalls(3.0)
    timing = Timing(deadline=0.6, request_timeout=0.5, silence=2.0, settle=0.1)
    both = [sender(notifications, server, timing=timing, timeout=10).run for _ in range(2)]
    async with running(*both):
        await until(partial(finished, notifications), 20)
    assert server.readers == addresses
    assert await values(notifications, "SELECT max(epoch) FROM leaders WHERE name = 'sender'") == [1]


async def test_a_server_that_is_away_costs_no_attempt_and_is_shown(notifications: Database) -> None:
    addresses = await _queued(notifications, 3)
    gone = Smtp(url="smtp://127.0.0.1:1")
    mails = sender(notifications, gone)
    async with running(mails.run):
        await until(lambda: _words(mails, "mail server fails since"))
        await a_while()
    assert await values(notifications, "SELECT DISTINCT attempts FROM deliveries") == [0]
    async with smtp_server() as server:
        await deliver(notifications, server)
    assert server.readers == addresses


async def test_a_process_that_only_answers_says_whether_another_sends(notifications: Database, server: Smtp) -> None:
    await _queued(notifications)
    answering = sender(notifications, server)
    assert await answering.status() == "ok"
    await run(notifications, "UPDATE deliveries SET next_attempt_at = clock_timestamp() - interval '1 minute'")
    assert await answering.status() == "standing still: mails wait and no process sends them"
    await deliver(notifications, server)
    assert await answering.status() == "ok"
    async with copy_of(notifications) as copy:
        assert "this is a copy" in await sender(copy, server).status()


# Who may get it, at the last moment.


async def test_a_reader_who_leaves_while_the_sender_connects_gets_nothing(
    notifications: Database, server: Smtp
) -> None:
    (address,) = await _queued(notifications)

    async def leaves(point: str) -> None:
        if point == "before-commit":
            async with notifications.transaction() as session:
                await unsubscribe(session, f"token-{address}-0123456789")

    await deliver(notifications, server, at=leaves)
    assert (server.got, await states(notifications)) == ([], {address: "dropped"})


async def test_a_reader_who_is_leaving_while_the_mail_is_committed_gets_nothing(
    notifications: Database, server: Smtp
) -> None:
    """The commit waits for whoever is just leaving."""
    (address,) = await _queued(notifications)
    async with notifications.transaction() as session:
        await unsubscribe(session, f"token-{address}-0123456789")
        leaving = running(sender(notifications, server).run)
        await leaving.__aenter__()
        await until(partial(values, notifications, "SELECT 1 FROM pg_locks WHERE NOT granted"))
    await until(partial(finished, notifications))
    await leaving.__aexit__(None, None, None)
    assert (server.got, await states(notifications)) == ([], {address: "dropped"})


# Bad items.


async def test_an_issue_that_cannot_be_made_a_mail_holds_no_other_up(notifications: Database, server: Smtp) -> None:
    await approved(notifications, "bad")
    await reader(notifications, "r@reader.example")
    await sent(notifications, await assembled(notifications))
    await approved(notifications, "good", "2026-03-01T00:00:00Z", about={"type": "initiative", "slug": "x"})
    await reader(notifications, "other@reader.example", lists={"initiatives": "2026-02-15T00:00:00Z"})
    await sent(notifications, await assembled(notifications, "initiatives"))
    spoilt = "UPDATE replicas SET data = jsonb_set(data, '{text}', '7') WHERE data -> 'title' ->> 'en' = 'bad'"
    await run(notifications, spoilt)
    mails = sender(notifications, server)
    async with running(mails.run):
        await until(lambda: server.readers == ["other@reader.example"])
        await until(partial(_aside, notifications))
        await until(lambda: _words(mails, "degraded: 1 mails could not be made"))
    (reason,) = await values(notifications, "SELECT reason FROM job_attempts")
    assert reason.startswith("ValidationError")
    assert (await states(notifications))["r@reader.example"] == "queued"
    assert (
        await rows(
            notifications,
            "SELECT 1 FROM delivered_items d JOIN subscribers s ON s.id = d.subscriber"
            " WHERE s.email = 'r@reader.example'",
        )
        == []
    )


async def _aside(database: Database) -> bool:
    await run(database, "UPDATE job_attempts SET next_attempt_at = clock_timestamp()")
    return bool(await values(database, "SELECT 1 FROM job_attempts WHERE aside_at IS NOT NULL"))


@pytest.mark.parametrize("sign", ["\n", "\r\nBcc: x@y.example\r\n", "\u2028", "\u0085", "\x0b", "\x1c"])
async def test_a_title_that_was_stored_with_breaks_is_mailed_on_one_line(
    notifications: Database, server: Smtp, sign: str
) -> None:
    await approved(notifications, "one")
    await reader(notifications)
    issue = await assembled(notifications)
    await run(
        notifications,
        "UPDATE issues SET title = jsonb_build_object('en', CAST(:title AS text))",
        title=f"News{sign}of spring",
    )
    await sent(notifications, issue)
    await deliver(notifications, server)
    (mail,) = server.to("r@reader.example")
    assert str(mail["Subject"]).startswith("News ")
    assert mail["Bcc"] is None


# Headers.


async def test_a_mail_can_be_left_with_one_click_and_is_the_same_at_each_attempt(
    notifications: Database, server: Smtp
) -> None:
    await _queued(notifications)
    server.at["after"] = drops(times=1)
    await deliver(notifications, server)
    async with notifications.transaction() as session:
        (issue,) = await values(notifications, "SELECT id FROM issues")
        (doubtful,) = await service.deliveries(session, OFFICER, issue, "in-doubt")
        await service.send_again(session, OFFICER, issue, doubtful.subscriber)
    await deliver(notifications, server)
    first, second = server.to("r00@reader.example")
    assert first["Message-ID"] == second["Message-ID"]
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = "token-r00@reader.example-0123456789"
    assert first["List-Unsubscribe"] == (
        f"<http://s.example/api/notifications/v1/subscriptions/unsubscribe?token={token}>"
    )


# A copy.


async def test_a_copy_of_the_database_sends_nothing_until_an_operator_lifts_the_fence(
    notifications: Database, server: Smtp
) -> None:
    addresses = await _queued(notifications, 2)
    async with copy_of(notifications) as copy:
        mails = sender(copy, server)
        async with running(mails.run):
            await until(lambda: _words(mails, "degraded: this is a copy"))
            await a_while()
            assert server.got == []
            async with copy.transaction() as session:
                await Fence(copy).lift(session, "operator")
            await until(partial(finished, copy))
    assert server.readers == addresses
