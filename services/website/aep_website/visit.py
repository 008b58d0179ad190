"""One request of one visitor: the language, the session, the APIs on her or his behalf, and the page that answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from aep_shared.access.actor import LOCAL_OPERATOR
from aep_shared.contracts.registry import Grant
from aep_shared.web.proxies import client_address
from aep_website import session as sessions
from aep_website.answers import registry
from aep_website.answers.base import A, Address, M, Page
from aep_website.client import Api, ApiAway, ApiProblem, Body, Caller, Query, Written
from aep_website.forms import FormGuard
from aep_website.i18n import catalogue
from aep_website.rendering import Renderer
from aep_website.session import Session
from aep_website.settings import WebsiteSettings

AFTER_COOKIE = "aep_after"
AFTER_SECONDS = 30
OFFICE = ("officer", "deputy")


class NotHere(Exception):
    """There is no such page."""


class SignInNeeded(Exception):
    """The page is for people who are signed in."""


class NotYours(Exception):
    """The page is for another role."""


@dataclass(frozen=True, slots=True)
class Site:
    """What all requests share."""

    settings: WebsiteSettings
    api: Api
    guard: FormGuard
    renderer: Renderer


@dataclass(slots=True)
class Visit:
    """A request, with what its page needs."""

    site: Site
    request: Request
    language: str
    session: Session | None = None
    grants: list[Grant] = field(default_factory=list)
    person: str | None = None
    cookies: dict[str, tuple[str, int] | None] = field(default_factory=dict)
    form: FormData = field(default_factory=FormData)

    @property
    def caller(self) -> Caller:
        return replace(self.stranger, token=self.session.token if self.session else None, after=self._after)

    @property
    def stranger(self) -> Caller:
        """The visitor without a name, for signing in and out."""
        return Caller(address=str(client_address(self.request, self.site.settings.trusted)))

    @property
    def _after(self) -> str | None:
        """What the visitor has just written, from a cookie that anybody can write as well."""
        given = self.request.cookies.get(AFTER_COOKIE, "")
        return given if 0 < len(given) <= 400 and given.isascii() and given.isprintable() else None

    def gettext(self, text: str) -> str:
        return catalogue(self.language).gettext(text)

    def named(self, part: str) -> str:
        """A part of the page's address, such as a slug, fit to be a part of an API's address.

        Raises `NotHere` for what would lead to another address.
        """
        value: str = self.request.path_params[part]
        if value in (".", ".."):
            raise NotHere()
        return quote(value, safe="")

    def url(self, path: str) -> str:
        """The address of a page in the visitor's language."""
        return f"/{self.language}{path}"

    async def read(self, address: Address[A], **query: Query) -> A:
        return await self.site.api.read(address, self.caller, **query)

    async def everything(self, address: Address[Page[M]], **query: Query) -> list[M]:
        """All pages of a list."""
        return await self.site.api.everything(address, self.caller, **query)

    async def register(self, address: Address[Page[M]], **query: Query) -> list[M]:
        return await self.site.api.register(address, self.caller, **query)

    async def found(self, address: Address[A], **query: Query) -> A:
        """As `read`; what the API does not know has no page.

        Raises `NotHere`.
        """
        try:
            return await self.read(address, **query)
        except ApiProblem as problem:
            if problem.status in (404, 422):
                raise NotHere() from problem
            raise

    async def write(self, method: str, path: str, body: Body | None = None, revision: str | None = None) -> Written:
        """Changes something; following reads ask for what the change published."""
        written = await self.site.api.write(method, path, self.caller, body, revision)
        if written.event:
            self.cookies[AFTER_COOKIE] = (written.event.split(", ")[0], AFTER_SECONDS)
        return written

    def has(self, *roles: str) -> bool:
        return any(grant.role in roles for grant in self.grants)

    @property
    def is_local_operator(self) -> bool:
        """Whether this is the operator of the machine, who alone reads the built-in mailbox."""
        return self.person == str(LOCAL_OPERATOR) and self.has("operator")

    def need(self, *roles: str) -> None:
        """Raises `SignInNeeded` or `NotYours` unless the visitor has one of the roles; none named: any."""
        if self.session is None:
            raise SignInNeeded()
        if roles and not self.has(*roles):
            raise NotYours()

    async def know_person(self) -> None:
        """Renews the session where its token runs out, and asks the registry who this is."""
        if self.session is None:
            return
        if self.session.runs_out:
            await self._renew(self.session)
        if self.session is not None:
            await self._ask_who()

    async def _renew(self, session: Session) -> None:
        renewed = await sessions.renew(self.site.api, self.stranger, session)
        if renewed is None:
            self.forget()
            return
        self.session = renewed.session
        if renewed.keep:
            self.keep(renewed.session)

    async def _ask_who(self) -> None:
        try:
            me = await self.read(registry.ME)
        except ApiProblem as problem:
            if problem.status != 401:
                raise
            self.forget()
        except ApiAway:
            # Public pages need no rights; a page that does will say that the service is away.
            if self.request.method != "GET":
                raise
        else:
            self.person, self.grants = me.id, me.grants

    def keep(self, session: Session) -> None:
        """Stores the session in the browser."""
        self.session = session
        self.cookies[sessions.COOKIE] = (session.encode(), sessions.COOKIE_SECONDS)

    def forget(self) -> None:
        """Removes the session from the browser."""
        self.session, self.grants, self.person = None, [], None
        self.cookies[sessions.COOKIE] = None

    def page(self, template: str, status: int = 200, **context: object) -> Response:
        """A page of the site."""
        return HTMLResponse(self.site.renderer.page(self, template, context), status)

    async def long_page(self, template: str, status: int = 200, **context: object) -> Response:
        """A page that may be long: nobody else waits until it is made."""
        return HTMLResponse(await self.site.renderer.long_page(self, template, context), status)

    def go(self, path: str, status: int = 303) -> Response:
        """Sends the browser to another page."""
        return RedirectResponse(quote(self.url(path), safe="/?&=#:%.,~+@-"), status)
