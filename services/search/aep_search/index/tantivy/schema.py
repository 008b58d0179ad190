"""The fields of a Tantivy index and documents in them."""

from __future__ import annotations

from collections.abc import Sequence

from tantivy import (
    Document,
    Index,
    PreTokenizedString,
    Schema,
    SchemaBuilder,
    TextAnalyzerBuilder,
    Token,
    Tokenizer,
)

from aep_search.index.port import FACETS
from aep_search.index.prepare import Prepared

_TOKENS = "tokens"


def schema() -> Schema:
    """Tokens for matching, facets and numbers as columns, and the source that hits are made from."""
    builder = SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for field, option in (
        ("exact", "position"),
        ("stem", "position"),
        ("title", "freq"),
        ("prefix", "basic"),
    ):
        builder.add_text_field(field, tokenizer_name=_TOKENS, index_option=option)
    for facet in FACETS:
        builder.add_text_field(facet, fast=True, tokenizer_name="raw", index_option="basic")
    for number in ("starts", "ends", "newest", "oldest", "written", "version"):
        builder.add_integer_field(number, fast=True)
    builder.add_boolean_field("hidden", indexed=True, fast=True)
    builder.add_bytes_field("source", stored=True)
    return builder.build()


def register(index: Index) -> None:
    """Makes the tokenizer of the token fields known; Tantivy does not keep it with the index."""
    index.register_tokenizer(_TOKENS, TextAnalyzerBuilder(Tokenizer.whitespace()).build())


def document(prepared: Prepared, written: int) -> Document:
    """The document with the second at which it is written."""
    made = Document()
    made.add_text("id", prepared.id)
    made.add_boolean("hidden", prepared.hidden)
    made.add_bytes("source", prepared.source.encode())
    for field, runs in (("exact", prepared.exact), ("stem", prepared.stem), ("title", prepared.title)):
        for run in runs:
            made.add_pre_tokenized_text(field, _tokens(run))
    made.add_text("prefix", " ".join(prepared.prefix))
    for facet, values in prepared.facets.items():
        for value in values:
            made.add_text(facet, value)
    for column, number in _numbers(prepared, written).items():
        if number is not None:
            made.add_integer(column, number)
    return made


def _tokens(run: Sequence[str]) -> PreTokenizedString:
    # Ranges matter to stored text only, and these fields store none.
    return PreTokenizedString("", [Token(token, position, 0, 0) for position, token in enumerate(run)])


def _numbers(prepared: Prepared, written: int) -> dict[str, int | None]:
    return {
        "starts": prepared.starts,
        "ends": prepared.ends,
        "newest": prepared.newest,
        "oldest": prepared.oldest,
        "version": prepared.version,
        "written": written,
    }
