"""Documents and searches that the tests of the search index share."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from aep_search.index.port import IndexDocument, Outcome, SearchIndex, SearchRequest, SearchResult, Text
from aep_search.index.query import parse
from aep_search.index.text.synonyms import Synonyms

NAME = "one"
LANGUAGES = ("en", "fr", "de", "es")
GLOSSARY: Mapping[str, Sequence[str]] = {
    "LLL": ["lifelong learning"],
    "TVET": ["technical and vocational education and training"],
}
SYNONYMS = Synonyms(GLOSSARY, LANGUAGES)


class Clock:
    """Seconds that only a test moves."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def doc(body: str = "", *, name: str = "", language: str = "en", version: int = 1, **fields: Any) -> IndexDocument:
    """A document with one text. Equal names give equal ids."""
    kind = fields.pop("type", "paragraph")
    texts = fields.pop("texts", {language: Text(fields.pop("title", ""), body)})
    id = uuid.uuid5(uuid.NAMESPACE_URL, name) if name else uuid.uuid4()
    return IndexDocument(f"{kind}:{id}", version, type=kind, texts=texts, **fields)


def asked(text: str, **fields: Any) -> SearchRequest:
    """A request for all hits of a query on one page, without facets."""
    fields = {"limit": 100, "facets": (), **fields}
    return SearchRequest(parse(text, LANGUAGES, SYNONYMS), **fields)


def bodies(result: SearchResult) -> list[str]:
    """The texts of the hits, in order."""
    return [text.body for hit in result.hits for text in hit.texts.values()]


class Prepared:
    """An adapter with one active index, and the few things that tests do with it."""

    def __init__(self, port: SearchIndex, name: str) -> None:
        self.port = port
        self.name = name

    async def __aenter__(self) -> Self:
        await self.port.open()
        await self.port.create(self.name)
        await self.port.activate(self.name)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.port.close()

    async def add(self, *documents: IndexDocument | str) -> list[Outcome]:
        """Writes documents, or bodies of new ones, and makes them visible."""
        made = [doc(one) if isinstance(one, str) else one for one in documents]
        outcomes = await self.port.write(self.name, made)
        await self.port.refresh(self.name)
        return outcomes

    async def find(self, text: str, **fields: Any) -> list[str]:
        """The texts that a query finds, sorted."""
        return sorted(bodies(await self.port.search(asked(text, **fields))))

    async def pages(self, request: SearchRequest) -> list[SearchResult]:
        """Every page of a search."""
        found = [await self.port.search(request)]
        while found[-1].next:
            found.append(await self.port.search(replace(request, cursor=found[-1].next)))
        return found

    async def ids(self, request: SearchRequest) -> list[str]:
        """The ids of all hits on all pages, in order."""
        return [hit.id for page in await self.pages(request) for hit in page.hits]


def counts(result: SearchResult) -> dict[str, dict[str, int]]:
    """Facets as plain dictionaries."""
    return {facet: {one.value: one.count for one in found} for facet, found in result.facets.items()}


def distinct(values: Iterable[str]) -> bool:
    """Whether no value comes twice."""
    found = list(values)
    return len(found) == len(set(found))
