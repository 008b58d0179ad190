"""The routes of identity."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry import policies
from aep_registry.identity import repository, service
from aep_registry.identity.schemas import Invitation, Redemption, Renewal, SignInRequest, TokenRequest
from aep_registry.identity.service import Signer
from aep_shared.auth.actor import Actor
from aep_shared.auth.policy import PUBLIC, guarded_by
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session


def identity_routes(signer: Signer, site_url: str) -> APIRouter:
    """Keys, sign-in, sessions, people and tokens."""
    router = APIRouter(route_class=EdgeRoute, tags=["identity"])

    @router.get("/keys", **guarded_by(PUBLIC))
    async def keys(response: Response) -> dict[str, Any]:
        """The public keys that verify tokens (JWKS, RFC 7517)."""
        response.headers["Cache-Control"] = "public, max-age=60"
        return signer.keys.public()

    @router.post("/sign-in", status_code=202, **guarded_by(PUBLIC))
    async def sign_in(given: SignInRequest, session: AsyncSession = Session) -> dict[str, str]:
        """Mails a link and a code; the answer is the same whether the address is known or not."""
        await service.request_sign_in(session, given.email, site_url)
        return {"status": "if this address is known, a mail is on its way"}

    @router.post("/sign-in/redeem", **guarded_by(PUBLIC))
    async def redeem(given: Redemption, session: AsyncSession = Session) -> dict[str, Any]:
        """Signs in with the secret of a link or with a code; each works once."""
        return await service.redeem(session, signer, given.code)

    @router.post("/session/renew", **guarded_by(PUBLIC))
    async def renew(given: Renewal, session: AsyncSession = Session) -> dict[str, Any]:
        """A new access token for the renewal secret, which is replaced."""
        return await service.renew(session, signer, given.secret)

    @router.post("/session/end", status_code=204, **guarded_by(PUBLIC))
    async def end(given: Renewal, session: AsyncSession = Session) -> None:
        """Signs out."""
        await repository.end_session(session, service._hash(given.secret))

    @router.get("/me", **guarded_by(policies.be_signed_in))
    async def me(actor: Actor = CurrentActor) -> dict[str, Any]:
        """The roles of whoever asks."""
        actor.must(policies.be_signed_in)
        return {
            "id": actor.name,
            "grants": [g.model_dump(mode="json", exclude_none=True) for g in actor.grants],
        }

    _people(router)
    _tokens(router, signer)
    return router


def _people(router: APIRouter) -> None:
    @router.get("/people", **guarded_by(policies.manage_people))
    async def people(actor: Actor = CurrentActor, session: AsyncSession = Session) -> dict[str, Any]:
        """People and their roles."""
        actor.must(policies.manage_people)
        rows = await repository.people(session)
        return {"items": [{"id": str(r.id), "email": r.email, "name": r.name, "grants": r.grants} for r in rows]}

    @router.post("/people", status_code=201, **guarded_by(policies.manage_people))
    async def invite(given: Invitation, actor: Actor = CurrentActor, session: AsyncSession = Session) -> dict[str, str]:
        """Gives a person a role."""
        return {"id": str(await service.invite(session, actor, given))}

    @router.delete("/people/{email}/roles/{role}", status_code=204, **guarded_by(policies.manage_people))
    async def remove_role(email: str, role: str, actor: Actor = CurrentActor, session: AsyncSession = Session) -> None:
        """Takes a role away."""
        await service.remove_role(session, actor, email, role)


def _tokens(router: APIRouter, signer: Signer) -> None:
    @router.get("/tokens", **guarded_by(policies.manage_people))
    async def tokens(actor: Actor = CurrentActor, session: AsyncSession = Session) -> dict[str, Any]:
        """Tokens of programs, without the tokens themselves."""
        actor.must(policies.manage_people)
        return {"items": [dict(row._mapping) for row in await repository.tokens(session)]}

    @router.post("/tokens", status_code=201, **guarded_by(policies.manage_people))
    async def create(
        given: TokenRequest, actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> dict[str, Any]:
        """A token for a program; it is shown once."""
        return await service.create_token(session, actor, signer, given)

    @router.delete("/tokens/{token_id}", status_code=204, **guarded_by(policies.manage_people))
    async def revoke(token_id: str, actor: Actor = CurrentActor, session: AsyncSession = Session) -> None:
        """Ends a token."""
        await service.revoke_token(session, actor, token_id)
