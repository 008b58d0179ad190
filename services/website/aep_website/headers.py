"""The headers of every page, and those of a mail that is shown inside one."""

from __future__ import annotations

from starlette.responses import HTMLResponse, Response

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Links elsewhere tell nothing; forms of our own pages still carry their origin.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
# A mail brings its styles in its elements. It can do nothing else: no scripts, no requests, no forms, no origin.
_MAIL = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self';"
        " sandbox"
    ),
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "no-referrer",
}


def mail_document(html: str) -> Response:
    """The HTML part of a mail as a document of its own, for a frame of a page of ours."""
    return HTMLResponse(html, headers=_MAIL)


def with_frames(response: Response) -> Response:
    """Lets a page show frames that come from this site."""
    response.headers["content-security-policy"] = f"{_POLICY}; frame-src 'self'"
    return response
