"""The built-in mailbox is read by the operator of the machine alone, and what is in a mail can do nothing."""

from __future__ import annotations

import httpx2

from aep_shared.access.actor import LOCAL_OPERATOR
from aep_website.pages.operators.mailbox import pieces
from tests.website.conftest import Network
from tests.website.visitors import ME, signed_in


async def test_the_html_part_of_a_mail_in_the_mailbox_is_shown_in_a_frame(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    signed_in(visitor)
    network.says("GET", ME, {"id": "0198", "grants": [{"role": "operator"}]})
    mail = {
        "id": "0300",
        "subject": "Hello",
        "to": "r@x.example",
        "text": "plain",
        "html": "<b>rich</b>",
        "received_at": "2026-11-01T10:00:00+00:00",
    }
    network.says("GET", "/api/notifications/v1/mailbox/0300", mail)
    page = await visitor.get("/en/mailbox/0300")
    assert 'sandbox src="/en/mailbox/0300/html"' in page.text
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert (await visitor.get("/en/mailbox/0300/html")).text == "<b>rich</b>"
    network.says("GET", "/api/notifications/v1/mailbox/0300", mail | {"html": None})
    assert "<iframe" not in (await visitor.get("/en/mailbox/0300")).text
    assert (await visitor.get("/en/mailbox/0300/html")).status_code == 404


async def test_the_mailbox_is_the_local_operators(visitor: httpx2.AsyncClient, network: Network) -> None:
    signed_in(visitor)
    operator = {"id": "0201", "grants": [{"role": "operator"}]}
    network.says("GET", ME, operator)
    assert (await visitor.get("/en/mailbox")).status_code == 403
    assert "/en/mailbox" not in (await visitor.get("/en/people")).text
    network.says("GET", ME, {**operator, "id": str(LOCAL_OPERATOR)})
    assert (await visitor.get("/en/mailbox")).status_code == 200


def test_only_links_of_this_site_can_be_followed_in_the_mailbox() -> None:
    text = "Open https://aep.example/en/x?y=1. Not https://aep.example.evil/z"
    links = [address for _, address in pieces(text, "https://aep.example") if address]
    assert links == ["/en/x?y=1"]
    assert "".join(piece for piece, _ in pieces(text, "https://aep.example")) == text
