"""Receives and shows mails."""

from __future__ import annotations

import asyncio
import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart
from uuid import UUID

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession
from sqlalchemy.ext.asyncio import AsyncSession

from aep_notifications.errors import MailUnknown
from aep_notifications.mailbox import repository
from aep_notifications.mailbox.models import KeptMail
from aep_notifications.mailbox.schemas import Mail, WholeMail
from aep_shared.database import Database, until_cancelled

_MAX_MAIL_BYTES = 5 * 1024 * 1024


class _Handler:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def handle_DATA(self, _server: SMTP, _session: SmtpSession, envelope: Envelope) -> str:
        raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        async with self._database.transaction() as session:
            for recipient in envelope.rcpt_tos:
                session.add(KeptMail(sender=envelope.mail_from or "", recipient=recipient, raw=raw))
        return "250 kept"


async def listen(database: Database, host: str, port: int) -> None:
    """Takes mails on `host:port` until cancelled; a mail is stored before its final dot is answered."""
    handler = _Handler(database)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, data_size_limit=_MAX_MAIL_BYTES, ident="aep mailbox"), host, port
    )
    async with server:
        await until_cancelled()


async def messages(session: AsyncSession, recipient: str | None, limit: int = 100) -> list[Mail]:
    """The newest mails, to everybody or to one address."""
    return [_shown(kept)[0] for kept in await repository.newest(session, recipient, limit)]


async def message(session: AsyncSession, mail: UUID) -> WholeMail:
    """One mail, with its HTML part where it has one.

    Raises `MailUnknown`.
    """
    kept = await session.get(KeptMail, mail)
    if kept is None:
        raise MailUnknown()
    shown, html = _shown(kept)
    return WholeMail(**dict(shown), html=html)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What can be read of a mail."""

    subject: str
    text: str
    headers: dict[str, str]
    html: str | None


def _shown(kept: KeptMail) -> tuple[Mail, str | None]:
    """A mail, and its HTML part."""
    try:
        parts = _read(kept.raw)
    except Exception:
        # Python's parser fails in many ways on headers that nobody should send; such a mail is shown as it came.
        parts = _Parts("", _printable(kept.raw.decode(errors="replace")), {}, None)
    mail = Mail(
        id=kept.id,
        received_at=kept.received_at,
        to=kept.recipient,
        sender=kept.sender,
        subject=parts.subject,
        text=parts.text,
        headers=parts.headers,
        has_html=parts.html is not None,
    )
    return mail, parts.html


def _read(raw: bytes) -> _Parts:
    parsed = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
    body, html = parsed.get_body(("plain", "html")), parsed.get_body(("html",))
    return _Parts(
        subject=_printable(str(parsed["subject"] or "")),
        text=_words(body) if body is not None else "",
        headers={_printable(name): _printable(str(value)) for name, value in parsed.items()},
        html=_words(html) if html is not None else None,
    )


def _words(part: MIMEPart) -> str:
    """The text of a part; what names a character set that nobody knows is read as far as it can be."""
    try:
        return _printable(str(part.get_content()))
    except (LookupError, ValueError):
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", errors="replace") if isinstance(payload, bytes) else ""


def _printable(text: str) -> str:
    """The text without halves of signs, which no answer can carry."""
    return text.encode("utf-8", errors="replace").decode()
