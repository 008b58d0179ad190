"""What holds for every text: nothing is dropped, refs are unique and readable, results repeat."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from aep_search.importer import Document, ImportProblem, check_coverage, parse
from tests.search.importer import texts

_REFUSALS = {"import-empty", "import-binary", "import-encoding", "import-no-paragraphs"}
_REF = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")


def parse_or_code(data: bytes, file_name: str) -> Document | str:
    try:
        return parse(data, file_name=file_name, language="en")
    except ImportProblem as problem:
        return problem.code


def check(text: str, file_name: str) -> None:
    document = parse_or_code(text.encode(), file_name)
    if isinstance(document, str):
        assert document in {"import-empty", "import-no-paragraphs"}
        return
    coverage = check_coverage(text.encode(), document)
    assert coverage.complete, (coverage, document)
    refs = [paragraph.ref for paragraph in document.paragraphs]
    assert len(set(refs)) == len(refs)
    assert all(_REF.fullmatch(ref) for ref in refs)
    assert parse_or_code(text.encode(), file_name) == document


@settings(max_examples=150, deadline=None)
@given(texts.page_texts)
def test_pages_keep_every_character_under_unique_refs(text: str) -> None:
    check(text, "a.txt")


@settings(max_examples=150, deadline=None)
@given(texts.line_texts)
def test_lines_keep_every_character_under_unique_refs(text: str) -> None:
    check(text, "a.txt")


@settings(max_examples=150, deadline=None)
@given(texts.markdown_texts)
def test_markdown_keeps_every_letter_under_unique_refs(text: str) -> None:
    check(text, "a.md")


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(min_size=1, max_size=300).map(lambda text: text.encode("utf-8", "ignore")),
    )
)
def test_any_bytes_at_all_are_kept_or_refused(data: bytes) -> None:
    document = parse_or_code(data, "a.txt")
    assert document in _REFUSALS if isinstance(document, str) else check_coverage(data, document).complete
