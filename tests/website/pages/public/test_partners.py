"""The names of a partner."""

from __future__ import annotations

from uuid import uuid4

from aep_shared.contracts.registry import Partner
from aep_website.pages.public.partners import proposals


def test_proposed_names_are_those_that_the_register_lacks() -> None:
    finland = Partner(id=uuid4(), slug="finland", kind="country", iso="FI", name={"en": "Finland", "fi": "Suomi"})
    assert proposals(finland) == {"sv": "Finland"}
