"""A real SMTP server of the test: every mail that it acknowledged is a file, so that it may run in a container too.

`python sink.py HOST PORT FOLDER` runs it alone, with nothing of this repository.
"""

from __future__ import annotations

import email
import email.policy
import itertools
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Keeper:
    """Writes each mail to a folder before its final dot is answered, one file for each recipient."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = itertools.count(1)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        for recipient in envelope.rcpt_tos:
            scratch = self._folder / "arriving"
            scratch.write_bytes(recipient.lower().encode() + b"\n" + raw)
            scratch.rename(self._folder / f"{next(self._number):06}-{os.getpid()}.mail")
        return "250 OK"


class MailSink:
    """The mails in a folder, and the server that fills it unless another process does."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self._read: dict[str, tuple[str, EmailMessage]] = {}
        self._controller = Controller(Keeper(folder), hostname="127.0.0.1", port=port)
        self.url = f"smtp://127.0.0.1:{port}"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def clear(self) -> None:
        """Forgets every mail: another platform begins to send."""
        for file in self.folder.glob("*.mail"):
            file.unlink()
        self._read.clear()

    def _mails(self) -> list[tuple[str, EmailMessage]]:
        for file in sorted(self.folder.glob("*.mail")):
            if file.name not in self._read:
                recipient, _, raw = file.read_bytes().partition(b"\n")
                message = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
                self._read[file.name] = (recipient.decode(), message)
        return list(self._read.values())

    def to(self, recipient: str, subject: str = "") -> list[EmailMessage]:
        """The mails to one address whose subject has these words."""
        return [m for r, m in self._mails() if r == recipient.lower() and subject in str(m["subject"])]

    def wait_for(self, recipient: str, subject: str, seconds: float = 30, count: int = 1) -> EmailMessage:
        """The `count`-th such mail, once it is there."""
        eventually(lambda: len(self.to(recipient, subject)) >= count, f"a mail to {recipient}: {subject}", seconds)
        return self.to(recipient, subject)[count - 1]


def body(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None, f"the mail has no {kind} part"
    return str(part.get_content())


def link_in(message: EmailMessage, pattern: str) -> str:
    found = re.search(pattern, body(message))
    assert found, f"no {pattern} in the mail"
    return found.group(1)


def eventually(condition: Callable[[], object], what: str, seconds: float = 30) -> float:
    """Waits until the condition holds; how long that took. The bound is a deadline, not a measure."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - started


if __name__ == "__main__":
    host, port, folder = sys.argv[1:]
    Controller(Keeper(Path(folder)), hostname=host, port=int(port)).start()
    threading.Event().wait()
