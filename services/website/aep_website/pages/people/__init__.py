"""The pages of whoever signs in: signing in and out, one's own updates, one's own access."""

from __future__ import annotations

from aep_website.pages.people import access, coordinator, signing_in

PAGES = (*signing_in.PAGES, *coordinator.PAGES, *access.PAGES)
