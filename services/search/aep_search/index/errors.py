"""What the search index refuses or cannot do, each with the status and code of its HTTP problem."""

from __future__ import annotations

from aep_shared.errors import Problem, Retryable


class SearchError(Problem):
    """An expected failure of the search index."""

    status = 500
    code = "search-failed"


class QueryTooLong(SearchError):
    """The query has more characters or clauses than a search may have."""

    status = 400
    code = "search-query-too-long"


class CursorInvalid(SearchError):
    """The cursor was not made by this search, or for another query."""

    status = 400
    code = "search-cursor-invalid"


class RequestInvalid(SearchError):
    """The number of hits or the order asked for does not exist."""

    status = 400
    code = "search-request-invalid"


class SearchUnavailable(SearchError, Retryable):
    """The search engine did not answer in time, or not completely."""

    status = 503
    code = "search-unavailable"


class EngineFailed(SearchUnavailable):
    """The engine failed at what it was given; other work may succeed."""

    code = "search-engine-failed"


class NoActiveIndex(SearchUnavailable):
    """No index has been activated yet."""

    code = "search-index-not-ready"


class IndexMissing(SearchError):
    """There is no index of that name."""

    status = 404
    code = "search-index-missing"


class IndexExists(SearchError):
    """There is an index of that name already."""

    status = 409
    code = "search-index-exists"


class IndexInUse(SearchError):
    """The index is the active one, or its folder belongs to another process."""

    status = 409
    code = "search-index-in-use"


class DocumentRefused(SearchError):
    """A document that no engine could index as it is; the message names what is wrong."""

    status = 422
    code = "search-document-refused"
