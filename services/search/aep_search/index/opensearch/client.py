"""Calls to an OpenSearch server, each within a deadline and with errors of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

from opensearchpy import AsyncOpenSearch, exceptions

from aep_search.index.errors import IndexExists, IndexMissing, SearchError, SearchUnavailable

_EXISTS = "resource_already_exists_exception"


class Client:
    """One client a process. Nothing is retried here: the callers know better when."""

    def __init__(self, url: str, connections: int) -> None:
        # The pool of the async client is as wide as `maxsize`; it would ignore `pool_maxsize`.
        self._client = AsyncOpenSearch(hosts=[url], maxsize=connections, max_retries=0)

    async def close(self) -> None:
        """Ends the connections."""
        await self._client.close()

    async def call(
        self,
        method: Literal["GET", "POST", "PUT", "DELETE"],
        path: str,
        body: Mapping[str, object] | bytes | None = None,
        *,
        seconds: float,
        **params: str,
    ) -> Any:
        """The answer as JSON; `SearchUnavailable` when it does not come in time or not at all.

        The deadline is kept here as well as in the client, because a server that accepts a connection
        and then stays silent must not hold the caller in any state of the exchange.
        """
        perform = self._client.transport.perform_request
        sent: Any = body
        try:
            async with asyncio.timeout(seconds):
                answer = await perform(method, path, params=params, body=sent, timeout=seconds)
        except TimeoutError as problem:
            raise SearchUnavailable(f"the search engine did not answer within {seconds:g} s") from problem
        except exceptions.TransportError as problem:
            raise _ours(problem) from problem
        except exceptions.OpenSearchException as problem:
            raise SearchUnavailable(f"the search engine answers nonsense: {problem}") from problem
        if not isinstance(answer, dict | list):
            # A proxy before the engine may answer 200 with a page of its own.
            raise SearchUnavailable("something that is no search engine answers")
        return answer


def _ours(error: exceptions.TransportError) -> SearchError:
    status = error.status_code
    if status == 404:
        return IndexMissing(f"the search engine has no such index: {error.error}")
    if error.error == _EXISTS:
        return IndexExists("there is an index of that name")
    if status in (400, 413):
        return SearchError(f"the search engine refused a request of ours: {error}")
    return SearchUnavailable(f"the search engine does not answer: {error.error}")
