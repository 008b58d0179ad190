"""How Schemathesis sends a body of JSON Lines: as the bytes that it drew."""

from __future__ import annotations

import schemathesis

schemathesis.serializer.alias("application/jsonl", "application/octet-stream")
