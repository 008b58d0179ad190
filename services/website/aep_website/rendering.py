"""Jinja environments, one for each language, and the filters that pages use."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import time
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from aep_shared.language import in_language
from aep_shared.text import is_web_address
from aep_website import dates, highlight, labels, passages, refs
from aep_website.i18n import catalogue, language_name, languages

if TYPE_CHECKING:
    from aep_website.visit import Visit

STATIC = Path(__file__).parent / "static"
_TURN_SECONDS = 0.02


class Renderer:
    """Makes pages. `site_name`, `purpose` and `demo` show on every one of them."""

    def __init__(self, *, site_url: str, site_name: str, purpose: str, demo: bool) -> None:
        self._environments = {language: _environment(language) for language in languages()}
        for environment in self._environments.values():
            environment.globals |= {"site_url": site_url, "site_name": site_name, "purpose": purpose, "demo": demo}

    def page(self, visit: Visit, template: str, context: Mapping[str, object]) -> str:
        """A whole page as HTML."""
        return self._template(visit, template).render(_common(visit), **context)

    async def long_page(self, visit: Visit, template: str, context: Mapping[str, object]) -> str:
        """As `page`, for what may have thousands of parts: others get their turn while it is made."""
        parts: list[str] = []
        turn = time.perf_counter()
        for part in self._template(visit, template).generate(_common(visit), **context):
            parts.append(part)
            if time.perf_counter() - turn > _TURN_SECONDS:
                await asyncio.sleep(0)
                turn = time.perf_counter()
        return "".join(parts)

    def _template(self, visit: Visit, name: str) -> Template:
        return self._environments[visit.language].get_template(name)


def _common(visit: Visit) -> dict[str, object]:
    """What every page knows."""
    anchor = visit.session.anchor if visit.session else None
    return {
        "visit": visit,
        "path": visit.request.url.path.removeprefix(f"/{visit.language}"),
        "signed_in": bool(anchor),
        "form_token": visit.site.guard.token(anchor),
        "visitor_token": visit.site.guard.token(None),
    }


def _environment(language: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("aep_website"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    translations = catalogue(language)
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    gettext = translations.gettext
    environment.globals |= {
        "language": language,
        "languages": languages(),
        "url": lambda path: f"/{language}{path}",
        "static": static_address,
        "query": address_with,
    }
    environment.filters |= _filters(language, gettext)
    return environment


def _filters(language: str, gettext: Callable[[str], str]) -> dict[str, Callable[..., object]]:
    return {
        "words": partial(words, language=language, gettext=gettext),
        "plain": lambda texts: in_language(texts, language)[0] if texts else "",
        "when": lambda text: dates.in_words(text, language, gettext),
        "when_meeting": lambda text: dates.meeting_in_words(text, language, gettext),
        "moment": lambda moment: dates.moment_in_words(moment, language),
        "last_day": lambda moment: dates.end_in_words(moment, language),
        "instant": lambda moment: dates.instant_in_words(moment, language),
        "day": lambda moment: dates.day_of(moment, language),
        "marked": highlight.marked_field,
        "blocks": passages.blocks,
        "membership": lambda state: labels.membership(state, gettext),
        "label": lambda word: labels.label(word, gettext),
        "types": lambda word: gettext(labels.TYPES.get(word, str(word))),
        "type": lambda word: gettext(labels.TYPE.get(word, str(word))),
        "ref": lambda text: refs.in_words(text, gettext),
        "elsewhere": elsewhere,
        "language_name": lambda tag: language_name(tag, language),
    }


def words(texts: Mapping[str, str] | None, *, language: str, gettext: Callable[[str], str]) -> Markup:
    """The text in the page's language, or in another one that is then named."""
    if not texts:
        return Markup("")
    text, used = in_language(dict(texts), language)
    if used == language:
        return escape(text)
    hint = gettext("in %(language)s") % {"language": language_name(used, language)}
    return Markup('<span lang="{}">{}</span> <small class="fallback">({})</small>').format(used, text, hint)


def elsewhere(address: object, shown: str | Markup | None = None) -> Markup:
    """A link to an address that somebody gave; what is no address of the web is text."""
    text = escape(shown or address or "")
    if not isinstance(address, str) or not is_web_address(address):
        return text
    return Markup('<a href="{}" rel="external">{}</a>').format(address, text)


def address_with(path: str, **values: object) -> str:
    """An address with the values that are set."""
    given = [(name.rstrip("_"), value) for name, value in values.items() if value not in (None, "")]
    return f"{path}?{urlencode(given)}" if given else path


@lru_cache(maxsize=32)
def static_address(name: str) -> str:
    """The address of a file with a mark of its content, so that it can be kept for long."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?{digest}"


def today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()
