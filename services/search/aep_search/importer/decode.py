"""From bytes to text that the parsers can trust.

The text stays as its author wrote it: no Unicode normalisation, no corrected spelling or quotation marks.
Only what cannot be seen or searched changes: a byte order mark goes, line ends become line feeds, control
characters, code points that are no characters and exotic line separators become blanks, Latin ligatures of
typesetting become their letters.
"""

from __future__ import annotations

import re
from collections import Counter

from aep_search.importer.model import ImportProblem

MAX_BYTES = 20 * 1024 * 1024

_LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_KEPT_CONTROLS = {0x09, 0x0A, 0x0C}
_PLANES = range(0, 0x110000, 0x10000)
_NONCHARACTERS = [*range(0xFDD0, 0xFDF0), *(plane + end for plane in _PLANES for end in (0xFFFE, 0xFFFF))]
_UNSEEN_SIGNS = [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *_NONCHARACTERS]
_CONTROLS = {code: " " for code in _UNSEEN_SIGNS if code not in _KEPT_CONTROLS}
_REPAIRS: dict[int, str] = {**_CONTROLS, **_LIGATURES, 0xFEFF: ""}

_SIGNATURES = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"\x1f\x8b",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"{\\rtf",
)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_BINARY_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE = 65536

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_UNSEEN = "\u00ad\ufeff"


def decode(data: bytes, *, max_bytes: int = MAX_BYTES) -> str:
    """The file's text with line feeds as line ends.

    Raises ImportProblem: import-too-large, import-empty, import-binary or import-encoding.
    """
    if len(data) > max_bytes:
        raise ImportProblem("import-too-large", f"The file has {len(data)} bytes, {max_bytes} are allowed.")
    if not data.strip() or data.strip() == b"\xef\xbb\xbf":
        raise ImportProblem("import-empty", "The file is empty.")
    if data.startswith(_UTF16_MARKS):
        raise ImportProblem("import-encoding", "The file is UTF-16 and not UTF-8 (byte 0).", 1)
    _refuse_binary(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise ImportProblem(
            "import-encoding", f"The file is not UTF-8: {problem.reason} at byte {problem.start}.", line
        ) from problem
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_REPAIRS)
    if not text.strip():
        raise ImportProblem("import-empty", "The file holds nothing but blanks.")
    return text


def _refuse_binary(data: bytes) -> None:
    nul = data.find(b"\0")
    if nul >= 0:
        line = data.count(b"\n", 0, nul) + 1
        raise ImportProblem("import-binary", f"The file is not text: a NUL at byte {nul}.", line)
    if data.startswith(_SIGNATURES):
        raise ImportProblem("import-binary", "The file is not plain text but a document, picture or archive.", 1)
    sample = data[:_SAMPLE]
    if len(_BINARY_CONTROLS.findall(sample)) * 20 > len(sample):
        raise ImportProblem("import-binary", "The file is not text: too many control characters.", 1)


def squeeze(text: str) -> str:
    """The text with single blanks; a soft hyphen survives at the end, where a word goes on below."""
    broken = text.rstrip().endswith("\u00ad")
    return " ".join(text.replace("\u00ad", "").split()) + ("\u00ad" if broken else "")


def flatten(text: str) -> str:
    """The text with superscript digits as digits: a mark is the same mark in either form."""
    return text.translate(_SUPERSCRIPTS)


def visible(text: str) -> Counter[str]:
    """How often each character that can be seen occurs; superscript digits count as digits."""
    counts = Counter(flatten(text))
    for character in [c for c in counts if c.isspace() or c in _UNSEEN]:
        del counts[character]
    return counts
