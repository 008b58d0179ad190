"""Text that comes in: what is no text is refused, whatever it would have broken later."""

from __future__ import annotations

import unicodedata

import pytest
from pydantic import TypeAdapter, ValidationError

from aep_shared.text import Line, Text, WebAddress, readable

LINE, TEXT, ADDRESS = TypeAdapter(Line), TypeAdapter(Text), TypeAdapter(WebAddress)
NO_TEXT = [chr(c) for c in (*range(0x09), *range(0x0B, 0x0D), *range(0x0E, 0x20), *range(0x7F, 0xA0))] + [
    "\ud800",
    "\udfff",
    "\ufdd0",
    "\ufdef",
    "\ufffe",
    "\uffff",
    "\U0001fffe",
    "\U0010ffff",
]


@pytest.mark.parametrize("sign", NO_TEXT, ids=lambda sign: f"U+{ord(sign):04X}")
def test_what_is_no_character_is_refused(sign: str) -> None:
    for adapter in (LINE, TEXT):
        with pytest.raises(ValidationError):
            adapter.validate_python(f"a{sign}b")


@pytest.mark.parametrize("sign", list("\t\n\r\x0b\x0c\x85\u2028\u2029"), ids=lambda sign: f"U+{ord(sign):04X}")
def test_a_line_is_one_line(sign: str) -> None:
    for text in (f"a{sign}b", f"a{sign}", f"{sign}a"):
        with pytest.raises(ValidationError):
            LINE.validate_python(text)


@pytest.mark.parametrize("text", ["教育合作", "การศึกษา", "ការអប់រំ", "ການສຶກສາ", "ပညာရေး", "تعليم", "🎓", "ß", "a\u200db"])
def test_every_script_is_text(text: str) -> None:
    assert LINE.validate_python(text) == unicodedata.normalize("NFC", text)
    assert TEXT.validate_python(f"{text}\n\n\t{text}") == unicodedata.normalize("NFC", f"{text}\n\n\t{text}")


def test_text_has_one_form() -> None:
    assert LINE.validate_python("e\u0301") == "é"
    assert TEXT.validate_python("a\r\nb\rc") == "a\nb\nc"


def test_text_has_an_end() -> None:
    for adapter, most in ((LINE, 1000), (TEXT, 20_000)):
        assert adapter.validate_python("x" * most)
        with pytest.raises(ValidationError):
            adapter.validate_python("x" * (most + 1))


def test_what_cannot_be_shown_is_replaced_where_it_came_in_by_other_means() -> None:
    assert readable("a\uffffb\x00\ud800\tc\n") == "a\ufffdb\ufffd\ufffd\tc\n"


@pytest.mark.parametrize(
    "address",
    ["http://a.example", "https://a.example:8443/x?y=1#z", "https://bücher.example/ü", "http://[2001:db8::1]/x"],
)
def test_an_address_of_the_web_is_taken(address: str) -> None:
    assert ADDRESS.validate_python(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "JAVASCRIPT://a.example/%0aalert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/path",
        "a.example",
        "http:",
        "http://",
        "https:///x",
        "http:a.example",
        "http://a b.example",
        "http://a.example/\t",
        " http://a.example",
        "http://a.example\r\nX: y",
        "ftp://a.example",
        "http://a.example\\@evil.example",
        "http://[::1",
        "http://a.example:99999/",
        "http://a.example/\ud800",
        "http://a.example/\u2028",
        'http://a.example/"><script>',
        "http://a.example/" + "x" * 2000,
        "",
    ],
)
def test_what_is_no_address_of_the_web_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        ADDRESS.validate_python(address)
