"""Tokens: what is signed is what is read, and nothing that is not exactly as the registry makes it is believed."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64encode

from aep_shared.access import tokens
from aep_shared.access.tokens import ALGORITHM, AUDIENCE, MAX_TOKEN_CHARACTERS
from aep_shared.errors import Unauthorised

ISSUER = "https://aep.example"
WHO, MAKER = uuid4(), uuid4()


def made_key(kid: str = "k1") -> OKPKey:
    return OKPKey.import_key(OKPKey.generate_key("Ed25519").as_pem(private=True), {"kid": kid})


KEY = made_key()


class Keys:
    """A source that has one key."""

    async def find(self, kid: str) -> OKPKey | None:
        return KEY if kid == KEY.kid else None


async def read(token: str, issuer: str = ISSUER) -> tokens.Claims:
    return await tokens.verify(token, Keys(), issuer)


def signed(key: OKPKey = KEY, header: dict[str, Any] | None = None, **changed: Any) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(WHO), "jti": "t", "iat": now, "exp": now + 60, "ver": 1}
    claims = {name: value for name, value in {**claims, **changed}.items() if value is not None}
    return jwt.encode({"alg": ALGORITHM, "kid": KEY.kid, **(header or {})}, claims, key, algorithms=[ALGORITHM])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"scopes": []}, {"scopes": frozenset()}),
        ({"scopes": ["editor", "reader"]}, {"scopes": frozenset({"editor", "reader"})}),
        ({"session": "s-1"}, {"session": "s-1"}),
        ({"maker": MAKER}, {"maker": MAKER}),
        ({"scopes": ["editor"], "maker": MAKER}, {"scopes": frozenset({"editor"}), "maker": MAKER}),
    ],
)
async def test_what_is_signed_is_what_is_read(options: dict[str, Any], expected: dict[str, Any]) -> None:
    token = tokens.sign(KEY, ISSUER, WHO, "t-1", 7, 60, **options)
    found = await read(token)
    assert (found.subject, found.token, found.version) == (WHO, "t-1", 7)
    assert abs(found.issued_at - time.time()) < 5
    for name in ("scopes", "session", "maker"):
        assert getattr(found, name) == expected.get(name)


@pytest.mark.parametrize("seconds", [-1, -3600])
async def test_a_token_that_ran_out_is_refused(seconds: int) -> None:
    with pytest.raises(Unauthorised):
        await read(tokens.sign(KEY, ISSUER, WHO, "t-1", 7, seconds))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "elsewhere"},
        {"aud": [AUDIENCE]},
        {"aud": None},
        {"sub": None},
        {"sub": "nobody"},
        {"jti": None},
        {"iat": None},
        {"iat": int(time.time()) + 3600},
        {"exp": None},
        {"exp": "never"},
        {"ver": None},
        {"ver": "new"},
        {"act": "somebody"},
        {"act": {}},
        {"act": {"sub": "nobody"}},
    ],
)
async def test_a_claim_that_is_missing_or_wrong_is_refused(changed: dict[str, Any]) -> None:
    assert (await read(signed())).subject == WHO
    with pytest.raises(Unauthorised):
        await read(signed(**changed))


@pytest.mark.parametrize(
    "header", [{"kid": "other"}, {"kid": 7}, {"kid": None}, {"crit": ["exp"], "exp": 1}, {"kid": ["k1"]}]
)
async def test_a_header_that_names_no_key_of_ours_is_refused(header: dict[str, Any]) -> None:
    token = signed()
    head = {"alg": ALGORITHM, "kid": KEY.kid, **header}
    forged = urlsafe_b64encode(orjson.dumps(head)).decode().rstrip("=") + "." + token.partition(".")[2]
    with pytest.raises(Unauthorised):
        await read(forged)


async def test_a_key_of_somebody_else_under_our_name_signs_nothing() -> None:
    with pytest.raises(Unauthorised):
        await read(signed(made_key(str(KEY.kid))))


@pytest.mark.parametrize("token", ["", ".", "..", "a.b", "a.b.c.d", "é.é.é", "e30.e30.x", "bnVsbA.e30.x", "W10.e30.x"])
async def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthorised):
        await read(token)


async def test_a_token_without_end_is_not_even_looked_at() -> None:
    good = signed()
    padded = good + "A" * (MAX_TOKEN_CHARACTERS - len(good) + 1)
    with pytest.raises(Unauthorised, match="not valid"):
        await read(padded)


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_a_token_of_which_one_sign_changed_is_refused(place: int) -> None:
    parts = signed().split(".")
    middle = len(parts[place]) // 2
    other = "A" if parts[place][middle] != "A" else "B"
    parts[place] = parts[place][:middle] + other + parts[place][middle + 1 :]
    with pytest.raises(Unauthorised):
        await read(".".join(parts))
