"""The mapping of an OpenSearch index and documents in it, as the lines of a bulk request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from aep_search.index.port import FACETS
from aep_search.index.prepare import Prepared

BULK_BYTES = 5 * 1024 * 1024
"""Bytes of one bulk request. Counted in bytes, since a few long documents fill a server."""

_TOKENS = {"type": "text", "analyzer": "whitespace", "norms": True}
_KEYWORD = {"type": "keyword", "ignore_above": 1024}
_UNSTORED = ("exact", "stem", "title", "prefix")


def write_alias(name: str) -> str:
    """What bulks go to. Only `index_body` makes it, so nothing is ever written to an index without it."""
    return f"{name}.write"


def index_body(name: str, replicas: str) -> Mapping[str, object]:
    """Strict: a field that this page does not know is an error, never a guess.

    The token fields take text that is analysed already, so that a blank is the only boundary left.
    """
    properties: dict[str, object] = {
        "exact": _TOKENS,
        "stem": _TOKENS,
        "title": {**_TOKENS, "index_options": "freqs"},
        "prefix": {"type": "text", "analyzer": "whitespace", "norms": False, "index_options": "docs"},
        "hidden": {"type": "boolean"},
        "source": {"type": "keyword", "index": False, "doc_values": False},
    }
    properties |= dict.fromkeys(FACETS, _KEYWORD)
    properties |= {key: {"type": "long"} for key in ("starts", "ends", "newest", "oldest", "written")}
    return {
        "settings": {"number_of_shards": 1, "auto_expand_replicas": replicas, "refresh_interval": "1s"},
        "aliases": {write_alias(name): {}},
        # Tokens are made anew from the text at need; keeping them twice would double the disk.
        "mappings": {
            "dynamic": "strict",
            "_source": {"excludes": list(_UNSTORED)},
            "properties": properties,
        },
    }


def lines(prepared: Prepared, written: int) -> bytes:
    """The two lines of one document, with the second at which it is written."""
    action = {"index": {"_id": prepared.id, "version": prepared.version, "version_type": "external"}}
    fields = {key: value for key, value in _fields(prepared, written).items() if value is not None}
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in (action, fields))


def _fields(prepared: Prepared, written: int) -> dict[str, object]:
    return {
        "hidden": prepared.hidden,
        "exact": _texts(prepared.exact),
        "stem": _texts(prepared.stem),
        "title": _texts(prepared.title),
        "prefix": " ".join(prepared.prefix),
        **prepared.facets,
        "starts": prepared.starts,
        "ends": prepared.ends,
        "newest": prepared.newest,
        "oldest": prepared.oldest,
        "written": written,
        "source": prepared.source,
    }


def _texts(runs: Sequence[Sequence[str]]) -> list[str]:
    """Values of their own: the server puts 100 positions between them."""
    return [" ".join(run) for run in runs]
