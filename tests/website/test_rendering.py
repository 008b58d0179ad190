"""Pages link addresses of the web and nothing else that somebody gave."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import aep_website
from aep_website.rendering import elsewhere

TEMPLATES = Path(aep_website.__file__).parent / "templates"
# Addresses that the website makes itself.
OURS = re.compile(r"(url|static|query)\(|site_url \}\}|(choice\.address|first|more|target|address) \}\}")


def test_an_address_of_the_web_becomes_a_link() -> None:
    assert elsewhere("https://a.example/?a=1&b=2") == (
        '<a href="https://a.example/?a=1&amp;b=2" rel="external">https://a.example/?a=1&amp;b=2</a>'
    )
    assert elsewhere("https://a.example", "<b>") == '<a href="https://a.example" rel="external">&lt;b&gt;</a>'


@pytest.mark.parametrize("address", ["javascript:alert(1)", "java\nscript:x", "data:x", "//evil.example", None, 7, ""])
def test_anything_else_is_text(address: object) -> None:
    assert "<a" not in elsewhere(address)
    assert elsewhere(address, "<shown>") == "&lt;shown&gt;"


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_writes_an_address_that_is_not_ours(template: Path) -> None:
    for address in re.findall(r'(?:href|src|action)="\{\{ (.*?)"', template.read_text()):
        assert OURS.match(address), address
