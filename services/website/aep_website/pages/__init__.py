"""All pages, in a folder for each audience: visitors, whoever is signed in, the office, operators of the machine."""

from __future__ import annotations

from aep_website.pages import office, operators, people, public

ALL = (*public.PAGES, *people.PAGES, *office.PAGES, *operators.PAGES)
