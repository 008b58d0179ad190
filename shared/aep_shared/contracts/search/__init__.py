"""Events of the search service, which keeps publications and their paragraphs."""

from __future__ import annotations

from aep_shared.contracts.search.paragraph import Footnote, Paragraph
from aep_shared.contracts.search.publication import Publication

__all__ = ["Footnote", "Paragraph", "Publication"]
