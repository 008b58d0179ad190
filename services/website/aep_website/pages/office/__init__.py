"""The pages of the secretariat: what waits for review, the newsletter, reports, and who may do what."""

from __future__ import annotations

from aep_website.pages.office import issues, people, reports, review, texts

PAGES = (*review.PAGES, *texts.PAGES, *issues.PAGES, *reports.PAGES, *people.PAGES)
