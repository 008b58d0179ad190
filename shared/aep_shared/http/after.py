"""`AEP-After`: a read that names events waits a moment until they were applied here.

A write answers with `AEP-Event: type/id/version`; whoever passes that on as `AEP-After` sees the effect wherever the
type is consumed. The wait is short and bounded: after it the answer is given as it is, with `AEP-Awaited` naming what
is still on its way.
"""

from __future__ import annotations

from aep_shared.flow.awaiting import Awaited

_MOST = 20
_MAX_VERSION = 2**63 - 1


def parse(header: str, types: frozenset[str]) -> list[Awaited]:
    """The named events of these types; what cannot be read is left out, because the header is a wish."""
    found = []
    for part in header.split(",")[:_MOST]:
        kind, _, rest = part.strip().partition("/")
        key, _, version = rest.partition("/")
        if kind in types and key and _is_version(version):
            found.append(Awaited(kind, key, int(version)))
    return found


def _is_version(text: str) -> bool:
    # The length first: Python refuses to read numbers of thousands of digits.
    return len(text) < 20 and text.isascii() and text.isdigit() and int(text) <= _MAX_VERSION
