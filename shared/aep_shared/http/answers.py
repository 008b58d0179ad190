"""Answers that many routes give."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel
from starlette.responses import Response


class Status(BaseModel):
    """What happens next, or what is so now, in words."""

    status: str


class Created(BaseModel):
    """The id of what was made."""

    id: UUID


def file_of(*media_types: str, about: str) -> dict[str, Any]:
    """The arguments of a route that answers a file, of one of these types."""
    content = {
        kind: {"schema": {"type": "object" if kind.endswith("json") else "string", "description": about}}
        for kind in media_types
    }
    return {"response_class": Response, "responses": {200: {"description": about, "content": content}}}
