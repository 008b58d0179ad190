"""An SMTP server whose behaviour at each step a test decides: it defers, refuses, stalls, drops, or greets slowly."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
from collections.abc import AsyncIterator, Awaitable, Callable, Sized
from dataclasses import dataclass, field
from email.message import EmailMessage

Behaviour = Callable[["Talk"], Awaitable[str | None]]
"""What happens at a step: a reply instead of the usual one, or `None` for that; it may wait, or raise `Drop`."""
EVER = 3600.0


class Drop(Exception):
    """The server ends the connection at this moment."""


@dataclass
class Talk:
    """One conversation: the recipient of the mail under way, and what was said."""

    recipient: str = ""
    line: str = ""
    raw: bytes = b""


@dataclass
class Smtp:
    """The server. `at` names what happens at "greeting", "MAIL", "RCPT", "DATA", "body", "dot" and "after"."""

    at: dict[str, Behaviour] = field(default_factory=dict)
    limit: int = 100
    """Connections that it lets in at once; further ones are greeted with 421."""
    extensions: tuple[str, ...] = ("8BITMIME",)
    got: list[tuple[str, bytes]] = field(default_factory=list)
    """The mails that it took, with their recipient."""
    tried: list[str] = field(default_factory=list)
    """The recipients that were named to it."""
    lines: list[str] = field(default_factory=list)
    open: int = 0
    most: int = 0
    url: str = ""

    def to(self, recipient: str) -> list[EmailMessage]:
        return [
            email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
            for to, raw in self.got
            if to == recipient
        ]

    @property
    def readers(self) -> list[str]:
        return sorted(recipient for recipient, _ in self.got)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            with contextlib.suppress(Drop, ConnectionError, asyncio.IncompleteReadError):
                if self.open > self.limit:
                    writer.write(b"421 too many connections\r\n")
                    return
                self.most = max(self.most, self.open)
                await self._talk(Talk(), reader, writer)
        finally:
            self.open -= 1
            writer.transport.abort()

    async def _talk(self, talk: Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say(writer, talk, "greeting", "220 sink.example ready")
        while line := (await reader.readline()).decode(errors="replace").strip():
            talk.line = line
            self.lines.append(line)
            verb = line.split(":")[0].split()[0].upper()
            if verb == "EHLO":
                lines = ["sink.example", *self.extensions]
                replies = [f"250{' ' if n == len(lines) - 1 else '-'}{text}\r\n" for n, text in enumerate(lines)]
                writer.write("".join(replies).encode())
            elif verb == "DATA":
                await self._data(talk, reader, writer)
            elif verb == "QUIT":
                return
            else:
                if verb == "RCPT":
                    talk.recipient = line.partition("<")[2].partition(">")[0]
                    self.tried.append(talk.recipient)
                await self._say(writer, talk, verb, "250 fine")

    async def _data(self, talk: Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not (await self._say(writer, talk, "DATA", "354 go on")).startswith("354"):
            return
        await self._do(talk, "body")
        talk.raw = (await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
        reply = await self._do(talk, "dot") or "250 taken"
        if reply.startswith("250"):
            self.got.append((talk.recipient, talk.raw))
        await self._do(talk, "after")
        writer.write(f"{reply}\r\n".encode())

    async def _do(self, talk: Talk, step: str) -> str | None:
        behaviour = self.at.get(step)
        return await behaviour(talk) if behaviour else None

    async def _say(self, writer: asyncio.StreamWriter, talk: Talk, step: str, usual: str) -> str:
        reply = await self._do(talk, step) or usual
        writer.write(f"{reply}\r\n".encode())
        return reply


@contextlib.asynccontextmanager
async def smtp_server(server: Smtp | None = None, port: int = 0) -> AsyncIterator[Smtp]:
    """Runs a server on a port of this machine until the block ends."""
    made = server or Smtp()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", port)
    made.url = f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        listening.close()


def says(reply: str, *, times: int = 10**9, to: str = "") -> Behaviour:
    """Answers with this reply, so many times, to everybody or about one recipient."""
    left = [times]

    async def behave(talk: Talk) -> str | None:
        if (to and to not in talk.recipient) or left[0] <= 0:
            return None
        left[0] -= 1
        return reply

    return behave


def stalls(seconds: float = EVER, *, times: int = 10**9) -> Behaviour:
    """Says nothing for so long."""
    left = [times]

    async def behave(_talk: Talk) -> str | None:
        if left[0] > 0:
            left[0] -= 1
            await asyncio.sleep(seconds)
        return None

    return behave


def waits_for(event: asyncio.Event, *, after: Sized) -> Behaviour:
    """Says nothing until something has happened, once `after` holds something."""

    async def behave(_talk: Talk) -> str | None:
        if after:
            await event.wait()
        return None

    return behave


def drops(*, times: int = 10**9, to: str = "") -> Behaviour:
    """Ends the connection."""
    left = [times]

    async def behave(talk: Talk) -> str | None:
        if left[0] > 0 and to in talk.recipient:
            left[0] -= 1
            raise Drop()
        return None

    return behave
