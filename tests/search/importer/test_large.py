"""Large and hostile files come to an end: nothing is read again and again."""

from __future__ import annotations

import pytest

from aep_search.importer import parse

SIZE = 5_000_000


def repeated(piece: str, size: int = SIZE) -> str:
    return piece * (size // len(piece.encode()))


def numbered() -> str:
    paragraph = "%d. Text of a paragraph that goes on\n\nand on over lines in 2021 and\n\n2022. End of SO1.\n\n"
    return "".join(paragraph % (number % 900 + 1) for number in range(SIZE // len(paragraph)))


@pytest.mark.parametrize(
    "text",
    [
        numbered(),
        repeated("A line of text that is long enough to be a paragraph of its own, without any break. " * 3 + "\n"),
        repeated("a-"),
    ],
    ids=["numbered", "long-lines", "one-word"],
)
def test_five_megabytes_are_parsed(text: str) -> None:
    assert parse(text.encode(), file_name="a.txt", language="en").paragraphs


@pytest.mark.parametrize(
    "text",
    [
        "Words of a line.\nhttps://x.example/words\n\n\n12\n\n" * 10_000,
        "[footnoteRef:5] text " + "[5: " * 200_000,
        "".join(f"[footnoteRef:{mark}] [{mark}:" for mark in range(500)) + "[" * 500_000,
        "1. 2\n" * 100_000,
    ],
    ids=["addresses", "open-notes", "brackets", "numbers"],
)
def test_hostile_text_is_parsed(text: str) -> None:
    assert parse(text.encode(), file_name="a.txt", language="en").paragraphs


@pytest.mark.parametrize(
    "text",
    [
        "# Title\n\nText *em* [l](http://x.example).\n\n- a\n- b\n\n" * 2000,
        "[" * 20_000,
        "*a " * 10_000,
        "|a" * 5000,
    ],
    ids=["blocks", "brackets", "stars", "bars"],
)
def test_hostile_markdown_is_parsed(text: str) -> None:
    assert parse(text.encode(), file_name="a.md", language="en").paragraphs
