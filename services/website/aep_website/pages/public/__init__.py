"""What visitors see and do, without signing in."""

from __future__ import annotations

from aep_website.pages.public import (
    explanations,
    home,
    initiatives,
    meetings,
    organisations,
    partners,
    publications,
    searching,
    subscriptions,
    updates,
    way,
)

_PARTS = (
    home,
    searching,
    publications,
    initiatives,
    meetings,
    partners,
    organisations,
    updates,
    way,
    subscriptions,
    explanations,
)

PAGES = tuple(page for part in _PARTS for page in part.PAGES)
