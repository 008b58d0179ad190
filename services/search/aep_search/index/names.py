"""Names of indexes: which installation they belong to and which code made them."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.resources import files

from aep_search.index.text import analysis

_NAME = re.compile(r"[a-z][a-z0-9-]{0,60}")
# What decides, beside the analysis, which fields a document has and what stands in them: files, and folders of them.
_MADE_BY = (
    "aep_search/index/prepare.py",
    "aep_search/index/tantivy/schema.py",
    "aep_search/index/opensearch/schema.py",
    "aep_search/indexing/documents.py",
    "aep_search/indexing/sources.py",
    "aep_search/indexing/kinds",
    # Who is involved in an initiative, and which objectives a node belongs to.
    "aep_shared/contracts/registry/initiative.py",
    "aep_shared/contracts/registry/framework_node.py",
)


def index_name(alias: str, label: str) -> str:
    """A name that carries the present code's fingerprint; the label tells indexes of one apart."""
    return checked(f"{alias}-{fingerprint()}-{label}")


def is_current(name: str) -> bool:
    """Whether the present code made the index, so that queries and documents agree."""
    return fingerprint() in name.split("-")


def fingerprint() -> str:
    """Names everything that decides what an index holds: the analysis, the schema and how documents are made.

    The text of the code is taken rather than a number that somebody has to raise: one rebuild too many costs little.
    """
    return hashlib.sha256(f"{analysis.fingerprint()} {_code()}".encode()).hexdigest()[:12]


@cache
def _code() -> str:
    return hashlib.sha256(b"".join(map(_text, _MADE_BY))).hexdigest()


def _text(name: str) -> bytes:
    """The code of a file, or of all files of a folder."""
    package, _, path = name.partition("/")
    place = files(package).joinpath(path)
    if name.endswith(".py"):
        return place.read_bytes()
    parts = (part for part in place.iterdir() if part.name.endswith(".py"))
    return b"".join(part.read_bytes() for part in sorted(parts, key=lambda part: part.name))


def checked(name: str) -> str:
    """The name, if it is safe as a folder and as an index of an engine."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not the name of an index: {name!r}")
    return name
