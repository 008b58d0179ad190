"""The routes of identity."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry import policies
from aep_registry.errors import SessionEnded, SignInFailed
from aep_registry.identity import repository, service, sessions
from aep_registry.identity.models import SignInRequest
from aep_registry.identity.schemas import (
    Access,
    Invitation,
    KeySet,
    Me,
    NewToken,
    People,
    PersonOut,
    Redemption,
    Renewal,
    SignInAsked,
    TokenOut,
    TokenRequest,
    Tokens,
)
from aep_registry.identity.sessions import Signer
from aep_shared.access.actor import Actor
from aep_shared.access.limits import Limit, Rate
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.http.answers import Created, Status
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.web.problems import problem_response

SIGN_IN = Limit("sign-in", address=Rate(30, 600), network=Rate(120, 600))
REDEEM = Limit("redeem", address=Rate(30, 60), network=Rate(120, 60))
RENEW = Limit("renew", address=Rate(300, 60), network=Rate(1200, 60))
"""Many readers of one office renew behind one address; whoever guesses codes gets nowhere at these rates."""
INVITE = Limit("invite", account=Rate(300, 600))


def identity_routes(signer: Signer) -> APIRouter:
    """Keys, sign-in, sessions, people and tokens."""
    router = APIRouter(route_class=EdgeRoute, tags=["identity"])

    @router.get("/keys", **guarded_by(PUBLIC))
    async def keys(response: Response) -> KeySet:
        """The public keys that verify tokens (JWKS, RFC 7517)."""
        response.headers["Cache-Control"] = "public, max-age=60"
        return KeySet.model_validate(signer.keys.public())

    @router.post("/sign-in", status_code=202, **guarded_by(PUBLIC, SIGN_IN))
    async def sign_in(given: SignInAsked, session: AsyncSession = Session) -> Status:
        """Mails a link and a code; the answer is the same whether the address is known or not."""
        session.add(SignInRequest(email=given.email))
        return Status(status="if this address is known, a mail is on its way")

    @router.post("/sign-in/redeem", response_model=Access, **guarded_by(PUBLIC, REDEEM, secret=True))
    async def redeem(given: Redemption, session: AsyncSession = Session) -> Any:
        """Signs in with the secret of a link or with a code; each works once, and a code bears few wrong guesses."""
        access = await sessions.redeem(session, signer, given.code)
        # An answer and no exception, which would undo the count of the guess.
        return problem_response(SignInFailed()) if access is None else access

    @router.post("/session/renew", response_model=Access, **guarded_by(PUBLIC, RENEW, secret=True))
    async def renew(given: Renewal, session: AsyncSession = Session) -> Any:
        """A new access token for the renewal secret, which is replaced; one that comes again ends the session."""
        access = await sessions.renew(session, signer, given.secret)
        # An answer and no exception, which would undo the end of the session.
        return problem_response(SessionEnded()) if access is None else access

    @router.post("/session/end", status_code=204, **guarded_by(PUBLIC, RENEW))
    async def end(given: Renewal, session: AsyncSession = Session) -> None:
        """Signs out; access tokens of the session end with it."""
        await sessions.end(session, given.secret)

    @router.post("/session/end-all", status_code=204, **guarded_by(policies.end_own_sessions))
    async def end_all(actor: Actor = CurrentActor, session: AsyncSession = Session) -> None:
        """Signs out everywhere: ends every session of whoever asks."""
        await sessions.end_all(session, actor)

    @router.get("/me", **guarded_by(policies.be_signed_in))
    async def me(actor: Actor = CurrentActor) -> Me:
        """Who asks, and the roles that count with the token that it was asked with."""
        actor.must(policies.be_signed_in)
        assert actor.subject is not None
        scopes = None if actor.scopes is None else sorted(actor.scopes)
        return Me(id=actor.subject, grants=actor.rights, scopes=scopes)

    _people(router)
    _tokens(router, signer)
    return router


def _people(router: APIRouter) -> None:
    @router.get("/people", **guarded_by(policies.manage_people))
    async def people(actor: Actor = CurrentActor, session: AsyncSession = Session) -> People:
        """People and their roles."""
        actor.must(policies.manage_people)
        everybody = await repository.people(session)
        return People(
            items=[PersonOut(id=p.id, kind=p.kind, email=p.email, name=p.name, grants=g) for p, g in everybody]
        )

    @router.post("/people", status_code=201, **guarded_by(policies.manage_people, INVITE))
    async def invite(given: Invitation, actor: Actor = CurrentActor, session: AsyncSession = Session) -> Created:
        """Gives a person a role."""
        return Created(id=await service.invite(session, actor, given))

    @router.post("/people/{person}/end", status_code=204, **guarded_by(policies.manage_people))
    async def end_person(person: UUID, actor: Actor = CurrentActor, session: AsyncSession = Session) -> None:
        """Ends every session and token of a person or program, as when a device was lost."""
        await service.end_person(session, actor, person)

    @router.delete("/people/{person}", status_code=204, **guarded_by(policies.manage_people))
    async def remove_person(person: UUID, actor: Actor = CurrentActor, session: AsyncSession = Session) -> None:
        """Removes a person or program for good."""
        await service.remove_person(session, actor, person)

    @router.delete("/people/{email}/roles/{role}", status_code=204, **guarded_by(policies.take_role))
    async def remove_role(email: str, role: str, actor: Actor = CurrentActor, session: AsyncSession = Session) -> None:
        """Takes a role away."""
        await service.remove_role(session, actor, email, role)


def _tokens(router: APIRouter, signer: Signer) -> None:
    @router.get("/tokens", **guarded_by(policies.be_signed_in))
    async def tokens(actor: Actor = CurrentActor, session: AsyncSession = Session) -> Tokens:
        """One's own tokens, for those who manage people all; without the tokens themselves."""
        known = await repository.tokens(session, service.token_range(actor))
        return Tokens(items=[TokenOut.model_validate({**token.model_dump(), "email": email}) for token, email in known])

    @router.post("/tokens", status_code=201, **guarded_by(policies.be_signed_in, INVITE, secret=True))
    async def create(given: TokenRequest, actor: Actor = CurrentActor, session: AsyncSession = Session) -> NewToken:
        """A token for oneself or for a program; it is shown once."""
        return await service.create_token(session, actor, signer, given)

    @router.delete("/tokens/{token_id}", status_code=204, **guarded_by(policies.be_signed_in))
    async def revoke(token_id: str, actor: Actor = CurrentActor, session: AsyncSession = Session) -> None:
        """Ends a token."""
        await service.revoke_token(session, actor, token_id)
