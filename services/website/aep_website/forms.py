"""Forms that only our own pages can send: an origin check, and a token bound to the session."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from aep_shared.errors import InvalidInput

FIELD = "form_token"
MOST_FIELDS = 200
NOBODY = "nobody"
_URLENCODED = "application/x-www-form-urlencoded"


class FormRefused(Exception):
    """A form did not come from a page of this site, or from one of another session."""


async def read_form(request: Request) -> FormData:
    """The fields of a form; our own have no files and few fields.

    Raises `InvalidInput` for anything else.
    """
    # The parser of the other kind would follow whatever charset the request names.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _URLENCODED:
        raise InvalidInput(f"a form is sent as {_URLENCODED}")
    try:
        return await request.form(max_files=0, max_fields=MOST_FIELDS)
    except HTTPException as problem:
        raise InvalidInput(str(problem.detail)) from problem


@dataclass(frozen=True, slots=True)
class FormGuard:
    """Makes and checks the tokens of forms.

    The token is an HMAC over the session's anchor, which stays the same when the session is renewed: a form that was
    opened an hour ago, or before another tab renewed, can still be sent.
    """

    key: str
    origin: str

    def token(self, anchor: str | None) -> str:
        """The token for the forms of a session, or of somebody who is not signed in."""
        subject = f"form:{anchor or NOBODY}"
        return hmac.new(self.key.encode(), subject.encode(), hashlib.sha256).hexdigest()

    def check(self, request: Request, form: FormData, anchor: str | None) -> None:
        """Raises `FormRefused` unless the form came from a page of this site and of this session."""
        if origin_of(request.headers) != self.origin:
            raise FormRefused("origin")
        given = str(form.get(FIELD, ""))
        if not hmac.compare_digest(given.encode(), self.token(anchor).encode()):
            raise FormRefused("token")


def origin_of(headers: Mapping[str, str]) -> str | None:
    """Where a request comes from: `Origin`, else the origin of `Referer`."""
    origin = headers.get("origin")
    if origin is not None:
        return origin
    try:
        referer = urlsplit(headers.get("referer", ""))
    except ValueError:
        return None
    return f"{referer.scheme}://{referer.netloc}" if referer.scheme and referer.netloc else None


def text(form: FormData, name: str) -> str:
    """A field's text without blanks around it, with plain line ends."""
    value = form.get(name, "")
    return value.strip().replace("\r\n", "\n") if isinstance(value, str) else ""
