"""Files that cannot be imported, each with its code, and oddities that are accepted."""

from __future__ import annotations

import pytest

from aep_search.importer import ImportProblem, parse


def problem(data: bytes, **options: int) -> ImportProblem:
    with pytest.raises(ImportProblem) as raised:
        parse(data, file_name="a.txt", language="en", **options)
    return raised.value


@pytest.mark.parametrize("data", [b"", b"  \n\t\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n \n"])
def test_an_empty_file_is_refused(data: bytes) -> None:
    assert problem(data).code == "import-empty"


@pytest.mark.parametrize(
    "data", [b"1. Text\n\x00more", b"%PDF-1.7 text", b"PK\x03\x04 text", b"\x02\x03\x04\x05 a text"]
)
def test_a_file_that_is_no_text_is_refused(data: bytes) -> None:
    assert problem(data).code == "import-binary"


def test_a_nul_is_refused_with_its_line() -> None:
    assert problem(b"1. Text\n\x00more").line == 2


def test_another_encoding_is_refused_with_its_byte_and_line() -> None:
    refused = problem("1. Text.\n2. Coopération.".encode("latin-1"))
    assert (refused.code, refused.line) == ("import-encoding", 2)
    assert "byte 16" in refused.detail


def test_utf_16_is_named_as_such() -> None:
    refused = problem("1. Text.".encode("utf-16"))
    assert refused.code == "import-encoding"
    assert "UTF-16" in refused.detail


def test_a_file_over_the_limit_is_refused_and_one_at_the_limit_is_not() -> None:
    data = b"1. Text of ten."
    assert problem(data, max_bytes=len(data) - 1).code == "import-too-large"
    assert parse(data, file_name="a.txt", language="en", max_bytes=len(data)).paragraphs


def test_a_file_without_a_paragraph_is_refused() -> None:
    assert problem(b"A heading and nothing else").code == "import-no-paragraphs"


def test_markdown_nested_too_deeply_is_refused_with_its_line() -> None:
    data = "\n".join("  " * depth + "- item" for depth in range(200)).encode()
    with pytest.raises(ImportProblem) as raised:
        parse(data, file_name="a.md", language="en")
    assert raised.value.code == "import-too-deep"
    assert raised.value.line


def test_a_byte_order_mark_and_other_line_ends_change_nothing() -> None:
    plain = "1. First of all.\n\n2. And then.\n"
    expected = parse(plain.encode(), file_name="a.txt", language="en")
    for variant in ("\ufeff" + plain, plain.replace("\n", "\r\n"), plain.replace("\n", "\r")):
        assert parse(variant.encode(), file_name="a.txt", language="en") == expected


def test_text_stays_as_written_but_for_blanks_ligatures_and_soft_hyphens() -> None:
    data = "1. The ﬁrst\u00a0 “cafe\u0301”\tco\u00adope\u00ad\nration\u2028ends here.".encode()
    document = parse(data, file_name="a.txt", language="en")
    assert document.paragraphs[0].text == "The first “cafe\u0301” cooperation ends here."
