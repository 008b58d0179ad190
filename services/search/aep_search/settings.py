"""Settings of the search service."""

from __future__ import annotations

from pydantic import Field

from aep_shared.service.settings import ServiceSettings


class SearchSettings(ServiceSettings):
    """Where the index is: a folder that one process writes, or an OpenSearch server."""

    index_url: str = Field(
        description="tantivy:///folder, or opensearch://[user:password@]host:port (opensearchs:// for TLS)"
    )
