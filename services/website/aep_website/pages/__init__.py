"""All pages, one module for each part of the site."""

from __future__ import annotations

from aep_website.pages import (
    access,
    coordinator,
    explanations,
    home,
    initiatives,
    issues,
    mailbox,
    meetings,
    organisations,
    partners,
    people,
    publications,
    reports,
    review,
    searching,
    signing_in,
    subscriptions,
    texts,
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
    signing_in,
    coordinator,
    review,
    texts,
    issues,
    reports,
    mailbox,
    access,
    people,
)

ALL = tuple(page for part in _PARTS for page in part.PAGES)
