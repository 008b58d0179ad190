"""Where a text names an initiative."""

from __future__ import annotations

from typing import Literal

from aep_shared.contracts.base import Part, Ref, Slug


class Mention(Part):
    """A paragraph of a publication that names an initiative."""

    publication: Slug
    ref: Ref
    stance: Literal["announced", "carried-out"]
