"""Names of indexes: which installation they belong to and which analyser made them."""

import re

from .analysis import fingerprint

_NAME = re.compile(r"[a-z][a-z0-9-]{0,60}")


def index_name(alias: str, label: str) -> str:
    """A name that carries the present analyser's fingerprint; the label tells indexes of one apart."""
    return checked(f"{alias}-{fingerprint()}-{label}")


def is_current(name: str) -> bool:
    """Whether the present analyser made the index, so that queries and documents agree."""
    return fingerprint() in name.split("-")


def checked(name: str) -> str:
    """The name, if it is safe as a folder and as an index of an engine."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not the name of an index: {name!r}")
    return name
