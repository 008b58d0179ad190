"""The child that reads files answers within bounds."""

from __future__ import annotations

import pytest

from aep_search.errors import RefDoubled
from aep_search.publications.parsing import FileRefused, parse_file


async def test_a_file_of_more_paragraphs_than_a_publication_has_is_refused() -> None:
    text = "".join(f"Word {n} of a paragraph.\n\n" for n in range(20_001))
    with pytest.raises(FileRefused) as refused:
        await parse_file(text.encode(), "a.md", "en")
    assert refused.value.code == "import-too-large"


async def test_a_long_list_of_doubled_numbers_is_cut() -> None:
    text = "".join(f"{n}. One {n}.\n\n" for n in range(1, 101) for _ in range(2))
    with pytest.raises(RefDoubled) as refused:
        await parse_file(text.encode(), "a.txt", "en")
    assert len(refused.value.extra["refs"]) == 50
    assert len(refused.value.detail) < 500


async def test_only_addresses_of_the_web_are_links() -> None:
    text = "A [b](java&#x0a;script:alert(1)) [c](data:x) [d](https://d.example) [e](www.e.example) f\n"
    document = await parse_file(text.encode(), "a.md", "en")
    assert document.paragraphs[0].links == ("https://d.example", "http://www.e.example")
    assert [piece.reason for piece in document.removed] == ["no-link"]
