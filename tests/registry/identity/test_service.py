"""Tokens and rights: everything that is not exactly right is refused, and a removed right counts at once."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute
from joserfc import jwt
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64encode

from aep_events.app import build as build_events
from aep_notifications.app import build as build_notifications
from aep_registry.app import build as build_registry
from aep_registry.identity.keys import SigningKeys
from aep_reports.app import build as build_reports
from aep_search.app import build as build_search
from aep_shared.http.app import every_route, routes_without_policy
from tests.registry.conftest import Registry

ME = "/api/registry/v1/me"


def _raw(header: dict[str, object], claims: dict[str, object], signature: bytes = b"x" * 64) -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


async def test_every_bad_token_is_refused(registry: Registry) -> None:
    good = (await registry.sign_in("officer@secretariat.example", "officer"))["Authorization"].split()[1]
    key: OKPKey = SigningKeys(registry.platform.settings.keys_dir).signing()  # type: ignore[attr-defined]
    issuer, subject = registry.platform.settings.site_url, uuid4()
    now = int(time.time())
    claims: dict[str, object] = {
        "iss": issuer,
        "aud": "aep",
        "sub": str(subject),
        "jti": "j",
        "iat": now,
        "exp": now + 900,
        "ver": 1,
    }
    header: dict[str, object] = {"alg": "Ed25519", "kid": key.kid}
    public_pem = key.as_pem(private=False)
    confused = _raw({"alg": "HS256", "kid": key.kid}, claims)
    to_sign = confused.rpartition(".")[0]
    mac = hmac.new(public_pem, to_sign.encode(), hashlib.sha256).digest()
    confused = f"{to_sign}.{urlsafe_b64encode(mac).decode()}"

    def signed(**changed: object) -> str:
        return jwt.encode(header, {**claims, **changed}, key, algorithms=["Ed25519"])

    head, body, signature = good.split(".")
    corpus = {
        "no algorithm": _raw({"alg": "none"}, claims, b""),
        "no algorithm with key id": _raw({"alg": "none", "kid": key.kid}, claims, b""),
        "public key as secret": confused,
        "wrong audience": signed(aud="elsewhere"),
        "audience list": signed(aud=["aep", "elsewhere"]),
        "wrong issuer": signed(iss="http://elsewhere.example"),
        "expired": signed(exp=now - 10),
        "from the future": signed(iat=now + 3600),
        "no expiry": jwt.encode(header, {k: v for k, v in claims.items() if k != "exp"}, key, algorithms=["Ed25519"]),
        "subject no id": signed(sub="../../etc"),
        "critical header": _raw({**header, "crit": ["exp"]}, claims),
        "foreign key": jwt.encode(header, claims, OKPKey.generate_key("Ed25519"), algorithms=["Ed25519"]),
        "foreign key id": _raw({"alg": "Ed25519", "kid": "elsewhere"}, claims),
        "key id no text": _raw({"alg": "Ed25519", "kid": {"a": 1}}, claims),
        "key address": _raw({"alg": "Ed25519", "jku": "http://elsewhere.example/keys"}, claims),
        "huge": "a" * 10_000 + ".b.c",
        "empty parts": "..",
        "not base64": "%%%.%%%.%%%",
        "two parts": f"{head}.{body}",
        "changed body": f"{head}.{body[:-4]}AAAA.{signature}",
        "changed signature": f"{head}.{body}.{signature[:-6]}AAAAAA",
        "no signature": f"{head}.{body}.",
    }
    for name, token in corpus.items():
        answer = await registry.client.get(ME, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, f"{name}: {answer.status_code} {answer.text}"
    assert (await registry.client.get(ME, headers={"Authorization": f"Basic {good}"})).status_code == 401
    assert (await registry.client.get(ME, headers={"Authorization": f"Bearer {good}"})).status_code == 200


async def test_a_removed_role_and_a_revoked_token_count_at_once(registry: Registry) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    invitation = {"email": "bot@network.example"}
    for role in ("api-client", "editor"):
        await registry.client.post("/api/registry/v1/people", json={**invitation, "role": role}, headers=officer)
    token = {**invitation, "expires_days": 1, "scopes": ["editor"]}
    made = await registry.client.post("/api/registry/v1/tokens", json=token, headers=officer)
    editor = {"Authorization": f"Bearer {made.json()['token']}"}
    assert [g["role"] for g in (await registry.client.get(ME, headers=editor)).json()["grants"]] == ["editor"]
    address = f"/api/registry/v1/people/{invitation['email']}/roles/editor"
    assert (await registry.client.delete(address, headers=officer)).status_code == 204
    await _eventually(registry, editor, lambda answer: answer.status_code == 200 and answer.json()["grants"] == [])
    await registry.client.delete(f"/api/registry/v1/tokens/{made.json()['id']}", headers=officer)
    await _eventually(registry, editor, lambda answer: answer.status_code == 401)


async def _eventually(registry: Registry, headers: dict[str, str], condition: object) -> None:
    deadline = time.monotonic() + 20
    while not condition(await registry.client.get(ME, headers=headers)):  # type: ignore[operator]
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_a_sign_in_works_once_and_a_session_is_renewed(registry: Registry) -> None:
    from aep_registry.identity.bootstrap import one_time_link

    link = await one_time_link(registry.platform, "officer@secretariat.example", ("officer",))
    code = {"code": link.rpartition("/")[2]}
    redeem = "/api/registry/v1/sign-in/redeem"
    secret = (await registry.client.post(redeem, json=code)).json()["secret"]
    assert (await registry.client.post(redeem, json=code)).json()["code"] == "sign-in-failed"
    renew = "/api/registry/v1/session/renew"
    first = await registry.client.post(renew, json={"secret": secret})
    assert first.json()["secret"] != secret
    parallel_tab = await registry.client.post(renew, json={"secret": secret})
    assert parallel_tab.status_code == 200
    assert parallel_tab.json()["secret"] is None
    await registry.client.post("/api/registry/v1/session/end", json={"secret": first.json()["secret"]})
    ended = await registry.client.post(renew, json={"secret": first.json()["secret"]})
    assert ended.json()["code"] == "session-ended"


async def test_known_and_unknown_addresses_get_the_same_answer(registry: Registry) -> None:
    await registry.sign_in("officer@secretariat.example", "officer")
    answers = [
        await registry.client.post("/api/registry/v1/sign-in", json={"email": email})
        for email in ("officer@secretariat.example", "nobody@secretariat.example")
    ]
    assert answers[0].status_code == answers[1].status_code == 202
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize("service", ["registry", "events", "search", "notifications", "reports"])
def test_every_mounted_route_has_a_policy(service: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp(service)
    builders = {
        "registry": build_registry,
        "events": build_events,
        "search": build_search,
        "notifications": build_notifications,
        "reports": build_reports,
    }
    environ = {
        f"AEP_{service.upper()}_DATABASE_URL": "postgresql://localhost/none",
        "AEP_EVENT_LOG_URL": "postgresql://localhost/none",
        "AEP_REGISTRY_KEYS_DIR": str(folder),
        "AEP_SEARCH_INDEX_URL": f"tantivy://{folder}",
        "AEP_REPORTS_FILES_URL": f"file://{folder}",
    }
    _platform, app = builders[service](environ)
    assert sum(isinstance(route, APIRoute) for route in every_route(app)) > 3
    assert routes_without_policy(app) == []


async def test_a_route_that_forgets_its_policy_does_not_answer(registry: Registry) -> None:
    from fastapi import APIRouter

    from aep_registry import policies
    from aep_shared.access.policy import guarded_by
    from aep_shared.http.edge import EdgeRoute

    router = APIRouter(route_class=EdgeRoute)

    @router.get("/forgetful", **guarded_by(policies.operate))
    async def forgetful() -> dict[str, str]:
        return {"secret": "x"}

    registry.app.include_router(router)
    assert (await registry.client.get("/forgetful")).status_code == 401
    operator = await registry.sign_in("operator@secretariat.example", "operator")
    answer = await registry.client.get("/forgetful", headers=operator)
    assert (answer.status_code, answer.json()["code"]) == (500, "policy-not-checked")
    assert "secret" not in answer.text
