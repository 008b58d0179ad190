"""Requests to sign in: kept for everybody alike, and answered by a job of the worker where the address is known.

Whoever asks gets the answer before anybody looks, so that neither the answer nor its time tells who is known.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry.identity import repository, session_repository
from aep_registry.identity.models import SubjectKind
from aep_registry.identity.sessions import SIGN_IN_MINUTES, new_sign_in
from aep_shared import mail
from aep_shared.database import Database, waiting_helps
from aep_shared.service.attempts import Attempts

SIGN_INS_AN_HOUR = 5
_LEASE_SECONDS = 30.0
_PAUSE_SECONDS = 0.2


class SignInRequests:
    """Answers those who asked to sign in, one after the other; run it in the worker."""

    def __init__(self, database: Database, site_url: str, *, poll: float = 0.2) -> None:
        self._database = database
        self._site_url = site_url
        self._poll = poll
        self._waker = database.waker()
        self._attempts = Attempts(database, session_repository.JOB)

    async def run(self) -> None:
        """Works until cancelled."""
        while True:
            if not await self.step():
                await self._waker.sleep(self._poll)
                # Not while the request that woke this is being answered: it must not notice whether there is work.
                await asyncio.sleep(_PAUSE_SECONDS)

    async def step(self) -> bool:
        """Answers the next request; whether there was one."""
        async with self._database.transaction(wakes=False) as session:
            request = await session_repository.next_request(session, _LEASE_SECONDS)
        if request is None:
            return False
        if not await self._attempts.begin([str(request)]):
            return True
        try:
            async with self._database.transaction() as session:
                await self._answer(session, request)
                await self._attempts.done(session, [str(request)])
        except Exception as problem:
            if waiting_helps(problem):
                raise
            await self._attempts.failed(str(request), problem)
        return True

    async def _answer(self, session: AsyncSession, request: UUID) -> None:
        """Mails a link and a code where there is such a person who did not ask too often."""
        email = await session_repository.use_request(session, request)
        person = await repository.subject_by_email(session, email) if email else None
        if person is None or person.email is None or person.kind != SubjectKind.PERSON:
            return
        if await session_repository.recent_sign_ins(session, person.id) >= SIGN_INS_AN_HOUR:
            return
        link, code = await new_sign_in(session, person.id)
        await mail.queue(
            session,
            person.email,
            "Your sign-in link",
            f"Open this page to sign in:\n\n{self._site_url}/en/sign-in/{link}\n\n"
            f"Or enter this code on another device: {code}\n\n"
            f"Both work once, for {SIGN_IN_MINUTES} minutes. If you did not ask for them, ignore this mail.\n",
        )
