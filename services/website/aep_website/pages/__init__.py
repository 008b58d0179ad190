"""All pages, one module for each part of the site."""

from aep_website.pages import (
    coordinator,
    explanations,
    home,
    initiatives,
    issues,
    mailbox,
    meetings,
    organisations,
    partners,
    publications,
    reports,
    review,
    searching,
    signing_in,
    subscriptions,
    updates,
    way,
)

_PARTS = (home, searching, publications, initiatives, meetings, partners, organisations, updates, way, subscriptions,
          explanations, signing_in, coordinator, review, issues, reports, mailbox)  # fmt: skip

ALL = tuple(page for part in _PARTS for page in part.PAGES)
