"""The names of a partner."""

from __future__ import annotations

from aep_website.pages.public.partners import proposals


def test_proposed_names_are_those_that_the_register_lacks() -> None:
    assert proposals({"iso": "FI", "name": {"en": "Finland", "fi": "Suomi"}}) == {"sv": "Finland"}
