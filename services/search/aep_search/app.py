"""The composition root of the search service."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI

from aep_search.citations.router import router as citation_routes
from aep_search.index.errors import SearchUnavailable
from aep_search.index.names import is_current
from aep_search.index.port import SearchIndex
from aep_search.indexing import marks
from aep_search.indexing.indexer import Indexer
from aep_search.names.router import router as name_routes
from aep_search.publications import repository as publications
from aep_search.publications.router import router as publication_routes
from aep_search.publications.router import waiting as unpublished_routes
from aep_search.related.router import router as related_routes
from aep_search.searching.glossary import Glossary
from aep_search.searching.router import search_routes
from aep_search.settings import SearchSettings
from aep_shared.flow.awaiting import Derived
from aep_shared.http.app import create_api
from aep_shared.service.compose import compose
from aep_shared.service.platform import Platform
from aep_shared.settings import SettingsError, load

MAX_UPLOAD_BYTES = 21 * 1024 * 1024


def build(environ: Mapping[str, str]) -> tuple[Platform, FastAPI]:
    """The search service with everything it consists of.

    Raises `SettingsError`.
    """
    settings = load(SearchSettings, "search", environ)
    index = search_index(settings.index_url)
    platform = compose(
        "search",
        settings,
        hook=marks.on_change,
        aggregates=[publications.PUBLICATION_AGGREGATE, publications.PARAGRAPH_AGGREGATE],
    )
    indexer = Indexer(platform.database, index, settings.timing, poll=settings.pause)
    platform.worker.jobs["indexer"], platform.worker.leaders["indexer"] = indexer.run, indexer.leadership
    platform.awaiting.derived = Derived(marks.not_indexed, marks.indexed_at)
    platform.opened.append(index.open)
    platform.closed.append(index.close)
    platform.checks["index"] = lambda: _index_state(index)
    platform.checks["indexer"] = indexer.state
    routers = [
        publication_routes,
        unpublished_routes,
        citation_routes,
        name_routes,
        related_routes,
        search_routes(index, Glossary(platform.database), platform),
    ]
    app = create_api(
        platform,
        routers,
        title="Search",
        max_body_bytes=MAX_UPLOAD_BYTES,
        description=("Publications by paragraph, and the search over everything public."),
    )
    return platform, app


def search_index(url: str) -> SearchIndex:
    """The engine that the scheme of `url` names.

    Raises `SettingsError` for any other scheme.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "tantivy" and rest.startswith("/"):
        from aep_search.index.tantivy.index import TantivyIndex

        return TantivyIndex(Path(rest))
    if scheme in ("opensearch", "opensearchs"):
        from aep_search.index.opensearch.index import OpenSearchIndex

        return OpenSearchIndex(("https" if scheme == "opensearchs" else "http") + "://" + rest)
    raise SettingsError("setting AEP_SEARCH_INDEX_URL: it is tantivy:///folder or opensearch://host:port")


async def _index_state(index: SearchIndex) -> str:
    try:
        active = await index.active()
    except SearchUnavailable as problem:
        return f"away: {problem}"
    return "missing" if active is None else "ok" if is_current(active) else "degraded"
