"""The built-in mailbox: the HTML part can be seen, and a mail that nobody can read does not hide the others."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from aep_notifications.errors import MailUnknown
from aep_notifications.mailbox.models import KeptMail
from aep_notifications.mailbox.service import message, messages
from aep_shared.database import Database
from aep_shared.mail import compose
from tests.shared.statements import values


async def _kept(database: Database, raw: bytes) -> UUID:
    async with database.engine.begin() as connection:
        found = await connection.exec_driver_sql(
            "INSERT INTO mailbox (id, sender, recipient, raw)"
            " VALUES (uuidv7(), 's@x.example', 'r@x.example', $1) RETURNING id",
            (raw,),
        )
        return UUID(str(found.scalar_one()))


async def test_the_html_part_is_shown_with_one_mail_alone(notifications: Database) -> None:
    raw = compose("s@x.example", "r@x.example", "Hello", "plain", "<p>rich</p>").content
    kept = await _kept(notifications, raw)
    async with notifications.reading() as session:
        (listed,) = await messages(session, None)
        assert (listed.text.strip(), listed.has_html, hasattr(listed, "html")) == ("plain", True, False)
        assert str((await message(session, kept)).html).strip() == "<p>rich</p>"
        with pytest.raises(MailUnknown):
            await message(session, uuid4())


async def test_a_mail_without_html_has_none(notifications: Database) -> None:
    kept = await _kept(notifications, compose("s@x.example", "r@x.example", "Hello", "plain").content)
    async with notifications.reading() as session:
        assert (await message(session, kept)).html is None


async def test_a_mail_of_an_unknown_character_set_does_not_hide_the_others(notifications: Database) -> None:
    await _kept(notifications, b"Subject: odd\r\nContent-Type: text/plain; charset=klingon\r\n\r\ncaf\xc3\xa9\r\n")
    await _kept(notifications, b"\r\n")
    async with notifications.reading() as session:
        assert sorted(mail.text.strip() for mail in await messages(session, None)) == ["", "café"]
    assert len(await values(notifications, "SELECT id FROM mailbox")) == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain; charset=unicode_escape\r\n\r\n\\ud800",
        b"Content-Type: text/html; charset=utf-7\r\n\r\n+2AA-",
        b"Subject: =?utf-7?q?+2AA-?=\r\n\r\n",
        b"To: <<>>;;@\r\n\r\nwords",
        b"From: <\r\n\r\nwords",
        b"To: ?=\r\nReply-To: a@\r\n\r\nwords",
        b"Content-Type: multipart/alternative; boundary=x\r\nFrom: =:\\>;:<\r\n\r\n--x\r\n\xff",
    ],
)
async def test_a_mail_that_nobody_should_send_does_not_hide_the_others(notifications: Database, raw: bytes) -> None:
    odd = await _kept(notifications, raw)
    await _kept(notifications, compose("s@x.example", "r@x.example", "Hello", "plain").content)
    async with notifications.reading() as session:
        shown = [*await messages(session, None), await message(session, odd)]
    assert len(shown) == 3
    assert "Hello" in "".join(mail.model_dump_json() for mail in shown)


async def test_mails_of_an_address_are_found_in_any_letters(notifications: Database) -> None:
    async with notifications.transaction() as session:
        session.add(KeptMail(sender="s@x.example", recipient="ΝΙΚΟΣ@ministry.example", raw=b"Subject: x\r\n\r\ny"))
    for address in ("ΝΙΚΟΣ@ministry.example", "νικοσ@MINISTRY.example"):
        async with notifications.reading() as session:
            assert [mail.subject for mail in await messages(session, address)] == ["x"]
