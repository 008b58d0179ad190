"""Transactional mails: each comes once, a bad one holds nobody up, and a server that says "later" is asked later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from aep_shared.database import Database
from aep_shared.mail import MailSender, SmtpServer, queue
from tests.shared.smtp import Smtp, Talk, drops, says, smtp_server, stalls
from tests.shared.statements import rows, run, values


@pytest.fixture
async def server() -> AsyncIterator[Smtp]:
    async with smtp_server() as made:
        yield made


def _sender(database: Database, server: Smtp, timeout: float = 5.0) -> MailSender:
    return MailSender(database, "registry", SmtpServer(server.url, timeout=timeout), "secretariat@platform.example")


async def _queue(database: Database, *recipients: str) -> None:
    for recipient in recipients or ("reader@reader.example",):
        async with database.transaction() as session:
            await queue(session, recipient, "Sign in", "the link")


async def _due(database: Database) -> None:
    await run(database, "UPDATE mails SET next_attempt_at = clock_timestamp() WHERE state = 'queued'")


async def _states(database: Database) -> dict[str, str]:
    return {row.recipient: row.state for row in await rows(database, "SELECT recipient, state FROM mails")}


def _meanwhile(moment: Callable[[], Awaitable[object]]) -> Callable[[Talk], Awaitable[str | None]]:
    """Something that happens once while a mail is under way."""
    left = [1]

    async def behave(_talk: Talk) -> str | None:
        if left[0]:
            left[0] -= 1
            await moment()
        return None

    return behave


async def test_a_mail_that_a_server_puts_off_is_sent_later_with_its_text(database: Database, server: Smtp) -> None:
    await _queue(database)
    server.at["RCPT"] = says("450 4.2.0 greylisted", times=1)
    assert await _sender(database, server).step() == 0
    assert await _states(database) == {"reader@reader.example": "queued"}
    await _due(database)
    assert await _sender(database, server).step() == 1
    assert "the link" in server.to("reader@reader.example")[0].get_content()


@pytest.mark.parametrize("step", ["RCPT", "DATA", "dot"])
async def test_a_mail_that_is_refused_is_tried_once_and_its_text_is_gone(
    database: Database, server: Smtp, step: str
) -> None:
    await _queue(database)
    server.at[step] = says("554 no")
    await _sender(database, server).step()
    assert await _states(database) == {"reader@reader.example": "refused"}
    assert await values(database, "SELECT text FROM mails") == [""]


@pytest.mark.parametrize(
    ("step", "behaviour", "state"),
    [
        ("RCPT", "450 later", "queued"),
        ("RCPT", "550 never", "refused"),
        ("dot", "554 never", "refused"),
        ("dot", "452 later", "queued"),
    ],
)
async def test_a_bad_mail_does_not_end_the_round(
    database: Database, server: Smtp, step: str, behaviour: str, state: str
) -> None:
    await _queue(database, "bad@reader.example", "good@reader.example")
    server.at[step] = says(behaviour, to="bad@")
    assert await _sender(database, server).step() == 1
    assert await _states(database) == {"bad@reader.example": state, "good@reader.example": "sent"}


@pytest.mark.parametrize("recipient", ["no address", "jos\u00e9@reader.example", "a@b\u2028c.example"])
async def test_a_mail_that_cannot_be_written_or_taken_does_not_hold_up_the_others(
    database: Database, server: Smtp, recipient: str
) -> None:
    await _queue(database, recipient, "good@reader.example")
    assert await _sender(database, server).step() == 1
    assert await _states(database) == {recipient: "refused", "good@reader.example": "sent"}


async def test_two_senders_send_a_mail_once(database: Database, server: Smtp) -> None:
    await _queue(database)
    server.at["dot"] = _meanwhile(lambda: _sender(database, server).step())
    await _sender(database, server).step()
    assert len(server.got) == 1


async def test_a_mail_that_another_sender_has_claimed_is_not_put_back(database: Database, server: Smtp) -> None:
    """The first sender takes longer than its lease, and fails while the second is still at work."""
    await _queue(database)
    at_work, may_fail = asyncio.Event(), asyncio.Event()

    async def slow(_talk: Talk) -> str | None:
        at_work.set()
        await may_fail.wait()
        return "450 later"

    async def look_again() -> None:
        """While the second sender has the mail under way, the first gives up, and a third looks for work."""
        may_fail.set()
        await first
        leased = "SELECT next_attempt_at > clock_timestamp() + interval '1 minute' FROM mails"
        assert await values(database, leased) == [True]

    server.at["RCPT"] = slow
    first = asyncio.ensure_future(_sender(database, server).step())
    await at_work.wait()
    await _due(database)
    async with smtp_server() as second:
        second.at["dot"] = _meanwhile(look_again)
        assert await _sender(database, second).step() == 1
    assert await values(database, "SELECT state FROM mails") == ["sent"]


async def test_a_mail_that_another_sender_has_sent_is_not_put_back(database: Database, server: Smtp) -> None:
    await _queue(database)

    async def late(_talk: Talk) -> str | None:
        # This server takes longer than the lease, and another sender sends the mail.
        async with smtp_server() as second:
            await _due(database)
            assert await _sender(database, second).step() == 1
        return "450 later"

    server.at["RCPT"] = late
    await _sender(database, server).step()
    await _due(database)
    async with smtp_server() as third:
        await _sender(database, third).step()
        assert third.got == []


@pytest.mark.parametrize("step", ["greeting", "MAIL", "RCPT", "DATA", "body", "dot", "after"])
@pytest.mark.parametrize("fault", [drops(), stalls()], ids=["drops", "stalls"])
async def test_a_lost_connection_at_any_step_only_delays_a_mail(
    database: Database, server: Smtp, step: str, fault: Any
) -> None:
    await _queue(database)
    server.at[step] = fault
    await _sender(database, server, timeout=0.3).step()
    assert await _states(database) == {"reader@reader.example": "queued"}
    server.at.clear()
    await _due(database)
    assert await _sender(database, server).step() == 1


async def test_a_server_that_is_away_for_a_day_gets_the_mail_in_the_end(database: Database) -> None:
    await _queue(database)
    away = MailSender(database, "registry", SmtpServer("smtp://127.0.0.1:1"), "secretariat@platform.example")
    pauses: list[float] = []
    for _ in range(35):
        await _due(database)
        await away.step()
        pauses += await values(
            database, "SELECT extract(epoch FROM next_attempt_at - clock_timestamp())::float8 FROM mails"
        )
    assert pauses[0] < 5
    assert sum(pauses) > 86_400
    assert (await away.status()).startswith("mail server: ")
    await _due(database)
    async with smtp_server() as server:
        assert await _sender(database, server).step() == 1


async def test_a_sender_that_failed_says_so_until_a_mail_goes_out(database: Database, server: Smtp) -> None:
    mails = _sender(database, server)
    server.at["MAIL"] = says("530 sign in first")
    await _queue(database)
    await mails.step()
    assert "530 sign in first" in await mails.status()
    server.at.clear()
    await _due(database)
    await mails.step()
    assert await mails.status() == "ok"
