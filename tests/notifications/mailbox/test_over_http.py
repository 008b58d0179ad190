"""The built-in mailbox over HTTP and SMTP: who reads it, what it keeps, and that reading is audited."""

from __future__ import annotations

import asyncio
import smtplib
import socket
from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import pytest

from aep_notifications.mailbox.service import listen
from aep_shared.access.actor import LOCAL_OPERATOR, Actor
from aep_shared.contracts.registry import Grant
from tests.served import Served
from tests.shared.flowing import running, until
from tests.shared.statements import run, values

LOCAL = "the local operator"


@pytest.fixture
async def mailbox(standing: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """With whoever holds the machine among those that the service knows."""
    known = standing.platform.authenticator.actor

    async def actor(header: str | None) -> Actor:
        if header == f"Bearer {LOCAL}":
            return Actor(LOCAL_OPERATOR, (Grant(role="operator"),))
        return await known(header)

    monkeypatch.setattr(standing.platform.authenticator, "actor", actor)
    for table in ("mailbox", "audit"):
        await run(standing.platform.database, f"DELETE FROM {table}")
    return standing


@pytest.fixture
async def port(mailbox: Served) -> AsyncIterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", number)) == 0

    async with running(lambda: listen(mailbox.platform.database, "127.0.0.1", number)):
        await until(listens)
        yield number


def mail(subject: str = "Hello", text: str = "plain") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "sec@platform.example", "a@reader.example", subject
    message.set_content(text)
    return message


async def sends(port: int, message: EmailMessage | bytes, *to: str) -> None:
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            raw = message if isinstance(message, bytes) else message.as_bytes()
            client.sendmail("sec@platform.example", to or ("a@reader.example",), raw)

    await asyncio.to_thread(send)


async def kept(service: Served, **query: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await service.call(LOCAL, "GET", "mailbox", params=query)).json()["items"]
    return items


async def test_a_mail_is_kept_for_each_of_its_recipients(mailbox: Served, port: int) -> None:
    await sends(port, mail("One"), "a@reader.example", "B@reader.example")
    await sends(port, mail("Two"), "a@reader.example")
    assert [item["subject"] for item in await kept(mailbox, to="a@reader.example")] == ["Two", "One"]
    assert [item["to"] for item in await kept(mailbox, to="b@READER.example")] == ["B@reader.example"]
    assert await kept(mailbox, to="nobody@reader.example") == []
    assert len(await kept(mailbox)) == 3


async def test_a_mail_is_shown_with_its_words_and_headers(mailbox: Served, port: int) -> None:
    message = mail("Grüße", "Zeile eins\n\nZeile zwei 🎓\n")
    message.add_alternative("<p>rich</p>", subtype="html")
    await sends(port, message)
    (item,) = await kept(mailbox)
    assert (item["from"], item["subject"], item["has_html"]) == ("sec@platform.example", "Grüße", True)
    assert item["text"] == "Zeile eins\n\nZeile zwei 🎓\n"
    assert item["headers"]["To"] == "a@reader.example"
    whole = (await mailbox.call(LOCAL, "GET", f"mailbox/{item['id']}")).json()
    assert whole == {**item, "html": "<p>rich</p>\n"}


async def test_a_mail_that_is_too_large_is_refused_and_the_next_is_kept(mailbox: Served, port: int) -> None:
    with pytest.raises(smtplib.SMTPResponseException, match=r"size exceeds fixed maximum"):
        await sends(port, mail(text="x" * 70 + "\n" + ("y" * 70 + "\n") * 80_000))
    await sends(port, mail("Small"))
    assert [item["subject"] for item in await kept(mailbox)] == ["Small"]


@pytest.mark.parametrize("who", [None, "officer", "operator", "editor", f"{LOCAL} scopes=reader"])
async def test_nobody_but_whoever_holds_the_machine_reads_it(mailbox: Served, who: str | None) -> None:
    for path in ("mailbox", f"mailbox/{uuid4()}"):
        assert (await mailbox.call(who, "GET", path)).status_code == (401 if who is None else 403)
    assert await values(mailbox.platform.database, "SELECT action FROM audit") == []


async def test_reading_is_audited_with_the_address_that_was_asked_for(mailbox: Served) -> None:
    await kept(mailbox)
    await kept(mailbox, to="a@reader.example")
    audited = await values(mailbox.platform.database, "SELECT record_id FROM audit WHERE action = 'read' ORDER BY at")
    assert audited == ["all", "a@reader.example"]


async def test_a_mail_that_is_not_there_is_not_found(mailbox: Served) -> None:
    answer = await mailbox.call(LOCAL, "GET", f"mailbox/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "mail-unknown")
