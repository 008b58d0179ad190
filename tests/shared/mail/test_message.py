"""Messages: one line where one line must be, the same bytes for every server, and addresses that are routed."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from aep_shared.mail import EmailAddress, Mail, compose
from aep_shared.mail.message import one_line

SENDER = "Office <sec@platform.example>"
ADDRESS = TypeAdapter(EmailAddress)


def read(mail: Mail) -> EmailMessage:
    return email.message_from_bytes(mail.content, _class=EmailMessage, policy=email.policy.default)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("News", "News"),
        ("  two   blanks ", "two blanks"),
        ("a\nb\r\nc\td", "a b c d"),
        ("a\u2028b\u2029c\x0bd\x0ce\x85f", "a b c d e f"),
        ("a\x00b\x07c\ud800d", "abcd"),
        ("", ""),
        ("\n", ""),
        ("e\u0301 é", "e\u0301 é"),
        ("a\u200db", "a\u200db"),
    ],
)
def test_a_text_is_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text())
def test_a_line_of_anything_has_no_line_break_and_stays_as_it_is(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert one_line(line) == line


@settings(max_examples=50)
@given(st.text(max_size=300), st.text(st.characters(exclude_categories=("Cs",)), max_size=500))
def test_whatever_somebody_wrote_makes_a_mail_of_seven_bits_without_further_headers(subject: str, body: str) -> None:
    mail = compose(SENDER, "r@reader.example", subject, body)
    assert mail.content.isascii()
    assert max(map(len, mail.content.split(b"\r\n"))) <= 998
    found = read(mail)
    assert set(found.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }


@pytest.mark.parametrize("subject", ["Hi\r\nBcc: x@y.example", "Hi\nBcc: x@y.example", "Hi\u2028Bcc: x@y.example"])
def test_a_subject_carries_no_other_header(subject: str) -> None:
    found = read(compose(SENDER, "r@reader.example", subject, "text"))
    assert (found["Subject"], found["Bcc"]) == ("Hi Bcc: x@y.example", None)


def test_a_mail_has_a_text_and_where_given_an_html_part() -> None:
    plain = read(compose(SENDER, "r@reader.example", "Hi", "Grüße\n"))
    assert (plain.get_content_type(), plain.get_content().splitlines()) == ("text/plain", ["Grüße"])
    both = read(compose(SENDER, "r@reader.example", "Hi", "Grüße\n", "<p>Grüße</p>"))
    assert both.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in both.iter_parts()] == ["text/plain", "text/html"]


def test_headers_of_the_caller_take_the_place_of_made_ones() -> None:
    mail = compose(SENDER, "r@reader.example", "Hi", "x", headers={"Message-ID": "<one@h>", "Precedence": "bulk"})
    found = read(mail)
    assert (found["Message-ID"], found["Precedence"], len(found.get_all("Message-ID") or [])) == ("<one@h>", "bulk", 1)


@pytest.mark.parametrize("sender", [SENDER, "sec@platform.example"])
def test_a_name_of_a_message_is_of_the_senders_domain_and_each_time_another(sender: str) -> None:
    names = {read(compose(sender, "r@reader.example", "Hi", "x"))["Message-ID"] for _ in range(3)}
    assert len(names) == 3
    assert all(name.endswith("@platform.example>") for name in names)
    assert compose(sender, "r@reader.example", "Hi", "x").sender == "sec@platform.example"


@pytest.mark.parametrize(
    ("recipient", "routed", "international"),
    [
        ("r@reader.example", "r@reader.example", False),
        ("r@bücher.example", "r@xn--bcher-kva.example", False),
        ("grüße@reader.example", "grüße@reader.example", True),
        ("grüße@bücher.example", "grüße@xn--bcher-kva.example", True),
    ],
)
def test_only_a_name_beyond_ascii_needs_a_server_for_it(recipient: str, routed: str, *, international: bool) -> None:
    mail = compose(SENDER, recipient, "Hi", "x")
    assert (mail.recipient, mail.international) == (routed, international)
    assert read(mail)["To"] == routed
    assert mail.content.isascii() is not international


@pytest.mark.parametrize("recipient", ["", "nobody", "a@b@c.example", "a b@c.example", "a@localhost", "a@b.example\n"])
def test_what_is_no_address_makes_no_mail(recipient: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        compose(SENDER, recipient, "Hi", "x")
    with pytest.raises(ValidationError):
        ADDRESS.validate_python(recipient)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Ada@Reader.Example", "Ada@reader.example"),
        ("r@BÜCHER.example", "r@bücher.example"),
        ("a+b@c.example", "a+b@c.example"),
    ],
)
def test_an_address_is_kept_in_its_normal_form(given: str, kept: str) -> None:
    assert ADDRESS.validate_python(given) == kept
