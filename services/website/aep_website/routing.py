"""How a page declares its address: the website adds the language, the session and the forms' protection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response

from aep_website.visit import Visit

Handler = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """A page or a form's target. `anonymous` forms are for visitors, whether signed in or not."""

    path: str
    handler: Handler
    method: str = "GET"
    anonymous: bool = False


def shows(path: str, handler: Handler) -> Page:
    """A page that only shows."""
    return Page(path, handler)


def acts(path: str, handler: Handler) -> Page:
    """What a form of a signed-in person is sent to."""
    return Page(path, handler, "POST")


def acts_for_anybody(path: str, handler: Handler) -> Page:
    """What a form for visitors is sent to."""
    return Page(path, handler, "POST", anonymous=True)
