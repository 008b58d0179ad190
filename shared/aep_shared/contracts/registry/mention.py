"""Where a text names an initiative."""

from __future__ import annotations

from aep_shared.contracts.base import Part, Ref, Slug, Word


class Mention(Part):
    """A paragraph of a publication that names an initiative."""

    publication: Slug
    ref: Ref
    stance: Word
    """Such as `announced`, `carried-out`, `described`, `asked`."""
