"""One conversation with an SMTP server, in steps: what failed before the final dot was not sent, and says so."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

import aiosmtplib

from aep_shared.mail.message import Mail

AWAY = (aiosmtplib.SMTPException, OSError, TimeoutError)
"""What a server that does not answer, answers wrongly or lets nobody in makes the client raise."""

State = Literal["accepted", "deferred", "refused", "in-doubt"]
At = Callable[[str], Awaitable[None]]
_CLOSING = 421
_SCHEMES = ("smtp", "smtp+starttls", "smtps")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail; `lost` says that the connection is gone, or that the server needs a rest."""

    state: State
    reply: str
    lost: bool = False


class SmtpServer:
    """An SMTP server at `smtp://[user:password@]host:port`.

    `smtp://` encrypts with STARTTLS where the server offers it, `smtp+starttls://` sends nothing without, and
    `smtps://` speaks TLS from the first byte.
    """

    def __init__(self, url: str, *, timeout: float = 20.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ValueError("an SMTP server is addressed by smtp://, smtp+starttls:// or smtps://host:port")
        self._scheme = parts.scheme
        self._host, self._port = parts.hostname, parts.port or (465 if parts.scheme == "smtps" else 587)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._timeout = timeout
        self._context: ssl.SSLContext | None = None

    async def connect(self) -> aiosmtplib.SMTP:
        """A connection that is greeted, encrypted and signed in.

        Raises one of `AWAY`.
        """
        if self._context is None:
            # Reading the certificates of the system takes tens of milliseconds: once, and off the loop.
            self._context = await asyncio.to_thread(ssl.create_default_context)
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._scheme == "smtps",
            username=self._user,
            start_tls=True if self._scheme == "smtp+starttls" else None,
            password=self._password,
            timeout=self._timeout,
            tls_context=self._context,
        )
        await client.connect()
        return client


async def _nowhere(_point: str) -> None: ...


async def transmit(client: aiosmtplib.SMTP, mail: Mail, at: At = _nowhere) -> Outcome:
    """Sends one mail. Only a reply that is lost after the final dot leaves doubt.

    `at` is called with "dot-sent" between the final dot and its reply.
    """
    try:
        early = await _offer(client, mail)
    except aiosmtplib.SMTPResponseException as problem:
        early = _judged(problem.code, problem.message)
    except AWAY as problem:
        early = Outcome("deferred", _said(problem), lost=True)
    except ValueError as problem:
        early = Outcome("refused", f"the address cannot be written: {problem}")
    if early is not None:
        return await _reset(client, early)
    try:
        return await _reset(client, await _end(client, at))
    except AWAY as problem:
        client.close()
        return Outcome("in-doubt", _said(problem), lost=True)


async def _offer(client: aiosmtplib.SMTP, mail: Mail) -> Outcome | None:
    """Everything before the final dot; the outcome where it is settled by then."""
    encoding, options = ("utf-8", ["SMTPUTF8"]) if mail.international else ("ascii", [])
    try:
        if mail.international and not await _supports(client, "smtputf8"):
            return Outcome("refused", "the mail server takes no such addresses (it lacks SMTPUTF8)")
        await client.mail(mail.sender, options=options, encoding=encoding)
    except aiosmtplib.SMTPResponseException as problem:
        # Whatever is refused here is about us and not about the recipient: it must not cost a list its readers.
        return Outcome("deferred", f"{problem.code} {problem.message}", lost=True)
    await client.rcpt(mail.recipient, encoding=encoding)
    started = await client.execute_command(b"DATA")
    if started.code != 354:
        return _judged(started.code, started.message)
    await _write(client, mail.content)
    return None


async def _supports(client: aiosmtplib.SMTP, extension: str) -> bool:
    if client.is_ehlo_or_helo_needed:
        await client.ehlo()
    return client.supports_extension(extension)


async def _write(client: aiosmtplib.SMTP, content: bytes) -> None:
    """The text without the final dot, once it has left this process: a server that takes none of it has no mail."""
    lines = content.replace(b"\r\n.", b"\r\n..")
    _protocol(client).write((b"." if lines.startswith(b".") else b"") + lines.removesuffix(b"\r\n") + b"\r\n")
    async with asyncio.timeout(client.timeout):
        # A transport tells only its own protocol when its buffer is empty.
        while _unsent(client.transport):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    # A connection that has ended meanwhile is noticed here, where it leaves no doubt.
    await asyncio.sleep(0)
    if not client.is_connected:
        raise aiosmtplib.SMTPServerDisconnected("the connection ended before the final dot")


def _unsent(transport: asyncio.BaseTransport | None) -> int:
    return transport.get_write_buffer_size() if isinstance(transport, asyncio.WriteTransport) else 0


async def _end(client: aiosmtplib.SMTP, at: At) -> Outcome:
    protocol = _protocol(client)
    protocol.write(b".\r\n")
    await at("dot-sent")
    try:
        reply = await protocol.read_response(timeout=client.timeout)
    except aiosmtplib.SMTPResponseException as problem:
        # A reply that cannot be read is as good as none.
        return Outcome("in-doubt", _said(problem), lost=True)
    if 200 <= reply.code < 300:
        return Outcome("accepted", f"{reply.code} {reply.message}")
    judged = _judged(reply.code, reply.message)
    return judged if 400 <= reply.code < 600 else Outcome("in-doubt", judged.reply, lost=True)


def _protocol(client: aiosmtplib.SMTP) -> aiosmtplib.protocol.SMTPProtocol:
    if client.protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("the connection has ended")
    return client.protocol


def _judged(code: int, message: str) -> Outcome:
    """By RFC 5321: 5xx is final, 4xx is not, 421 closes the connection; what is no reply at all is no refusal."""
    reply = f"{code} {message}"
    if 500 <= code < 600:
        return Outcome("refused", reply)
    return Outcome("deferred", reply, lost=code == _CLOSING or not 400 <= code < 500)


async def _reset(client: aiosmtplib.SMTP, outcome: Outcome) -> Outcome:
    """Makes the connection ready for the next mail, or closes it."""
    if outcome.lost:
        client.close()
    elif outcome.state != "accepted":
        try:
            await client.rset()
        except AWAY:
            client.close()
            return Outcome(outcome.state, outcome.reply, lost=True)
    return outcome


def _said(problem: BaseException) -> str:
    return f"{type(problem).__name__}: {problem}"
