"""The types of all text that comes in: a line, a text of several lines, an address of the web.

What a reader would not see, what breaks a header, a feed or a page, and what no font has is refused here, once, instead
of wherever the text goes later. Text is kept in the normal form NFC, so that equal words are equal.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, StringConstraints

MOST_OF_A_LINE = 1_000
MOST_OF_A_TEXT = 20_000
MOST_OF_AN_ADDRESS = 2_000

# Controls but tab and line feed, halves of surrogate pairs, and the code points that Unicode keeps free for ever.
_NOT_TEXT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
_LINE_BREAKS = re.compile("[\t\n\x0b\x0c\r\x85\u2028\u2029]")
_NO_ADDRESS = re.compile(r"[\s\x00-\x20\x7f-\x9f\ud800-\udfff\\<>\"^`{|}]")


def is_text(text: str) -> bool:
    """Whether every character may stand in a text."""
    return _NOT_TEXT.search(text) is None


def readable(text: str) -> str:
    """The text with U+FFFD for each character that may not stand in one: for what was taken in by other means."""
    return _NOT_TEXT.sub("\ufffd", text)


def is_web_address(text: str) -> bool:
    """Whether this is an address that a page may link: http or https, a host, and no sign that hides another."""
    if len(text) > MOST_OF_AN_ADDRESS or _NO_ADDRESS.search(text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def at_most(most: int) -> AfterValidator:
    """Bounds a text. The schemas of events do not show it: a bound that grows must not break who reads them."""

    def check(text: str) -> str:
        if len(text) > most:
            raise ValueError(f"it has {len(text)} characters, more than {most}")
        return text

    return AfterValidator(check)


def _check_text(text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if (found := _NOT_TEXT.search(plain)) is not None:
        raise ValueError(f"it holds U+{ord(found[0]):04X}, which is no character of a text")
    return unicodedata.normalize("NFC", plain)


def _check_line(text: str) -> str:
    if (found := _LINE_BREAKS.search(text)) is not None:
        raise ValueError(f"it is one line and cannot hold U+{ord(found[0]):04X}")
    return _check_text(text)


def _check_address(text: str) -> str:
    if not is_web_address(text):
        raise ValueError("it is not an address that begins with http:// or https:// and names a host")
    return text


Line = Annotated[str, at_most(MOST_OF_A_LINE), AfterValidator(_check_line)]
"""One line: no control or separator characters."""
Text = Annotated[str, at_most(MOST_OF_A_TEXT), AfterValidator(_check_text)]
"""Lines and blank lines; of control characters only tab and line feed."""
LongText = Annotated[str, AfterValidator(_check_text)]
"""A text whose length another limit bounds, such as that of an event."""
WebAddress = Annotated[str, AfterValidator(_check_address)]
"""http or https, a host, no control characters and no blanks, at most 2,000 characters."""
Asked = Annotated[str, StringConstraints(max_length=200), AfterValidator(_check_line)]
"""A value in the query of an address."""
