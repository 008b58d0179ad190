"""How a server is addressed, and that what must be encrypted is not sent in clear."""

from __future__ import annotations

import aiosmtplib
import pytest

from aep_shared.mail import AWAY, SmtpServer
from aep_shared.mail.message import compose, one_line
from tests.shared.smtp import smtp_server


async def test_a_server_without_starttls_gets_nothing_where_it_is_required() -> None:
    async with smtp_server() as server:
        required = SmtpServer(server.url.replace("smtp://", "smtp+starttls://"))
        with pytest.raises(AWAY):
            await required.connect()
        assert not [line for line in server.lines if line.startswith(("MAIL", "AUTH"))]


async def test_the_certificates_are_read_once() -> None:
    async with smtp_server() as server:
        one = SmtpServer(server.url)
        first, second = await one.connect(), await one.connect()
        assert isinstance(first, aiosmtplib.SMTP)
        assert first.tls_context is second.tls_context is not None
        first.close()
        second.close()


@pytest.mark.parametrize("url", ["http://x", "smtp://", "nonsense"])
def test_another_address_is_no_mail_server(url: str) -> None:
    with pytest.raises(ValueError, match=r"smtp\+starttls"):
        SmtpServer(url)


@pytest.mark.parametrize("text", ["a\nb", "a\r\n b", "a\u2028b", "a\u0085b", "a\x0bb", " a \0 b\ud800"])
def test_whatever_separates_lines_is_a_blank(text: str) -> None:
    assert one_line(text) == "a b" or one_line(text) == "a  b"


def test_a_mail_has_signs_of_seven_bits_alone_and_lines_that_every_server_takes() -> None:
    content = compose("Büro <s@x.example>", "r@x.example", "Grüße", "é" * 5000, "<p>" + "é" * 5000).content
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")
