"""Transactional mails: what two senders make of one mail, and what a server that is away costs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from typing import Any

import aiosmtplib
from sqlalchemy import text

from aep_shared.db import Database
from aep_shared.mail import MailSender, queue


class Server:
    """The network edge: takes mails; `moment` runs before each answer."""

    def __init__(self, moment: Callable[[], Awaitable[None]] | None = None) -> None:
        self.got: list[str] = []
        self._moment = moment

    def client(self) -> Server:
        return self

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def send_message(self, message: EmailMessage) -> None:
        if self._moment:
            await self._moment()
        self.got.append(message.get_content().strip())


def _sender(database: Database, server: Server) -> MailSender:
    return MailSender(database, "registry", server, "secretariat@platform.example")  # type: ignore[arg-type]


async def _queue(database: Database) -> None:
    async with database.transaction() as session:
        await queue(session, "reader@reader.example", "Sign in", "the link")


async def _due(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute(text("UPDATE mails SET next_attempt_at = clock_timestamp()"))


async def test_a_mail_that_another_sender_has_sent_is_not_put_back(database: Database) -> None:
    await _queue(database)
    second, third = Server(), Server()

    async def late() -> None:
        # This server takes longer than the lease, another sender sends the mail, and then the connection breaks.
        await _due(database)
        assert await _sender(database, second).step() == 1
        raise aiosmtplib.SMTPServerDisconnected("connection lost")

    await _sender(database, Server(late)).step()
    await _due(database)
    await _sender(database, third).step()
    assert second.got == ["the link"]
    assert third.got == []


async def test_a_server_that_is_away_for_a_day_gets_the_mail_in_the_end(database: Database) -> None:
    await _queue(database)

    async def away() -> None:
        raise OSError("nobody there")

    pauses: list[float] = []
    for _ in range(35):
        await _due(database)
        await _sender(database, Server(away)).step()
        pauses.append(await _pause(database))
    assert pauses[0] < 5
    assert sum(pauses) > 86_400
    server = Server()
    await _due(database)
    assert await _sender(database, server).step() == 1
    assert server.got == ["the link"]


async def _pause(database: Database) -> Any:
    async with database.reading() as session:
        statement = "SELECT extract(epoch FROM next_attempt_at - clock_timestamp())::float8 FROM mails"
        return await session.scalar(text(statement))
