"""Issues that were sent, as visitors read them."""

from __future__ import annotations

import httpx2

from tests.website.conftest import Network
from tests.website.records import STORED

ISSUE = "/api/notifications/v1/issues/0199"


async def test_a_withdrawn_update_is_named_nowhere(visitor: httpx2.AsyncClient, network: Network) -> None:
    gone = {"id": "one", "withdrawn": True, "title": {}, "text": {}}
    network.says("GET", ISSUE, STORED | {"state": "sent", "items": [gone], "sent_at": "2026-11-02T10:00:00+00:00"})
    page = (await visitor.get("/en/newsletter/0199")).text
    assert "was withdrawn" in page
    assert "/updates/one" not in page
