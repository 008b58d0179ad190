"""The fence: a copy of an installation sends no mail until an operator lifts it.

A restored backup, a copied database or a copied data folder holds the queue of the original, whose mails the original
sends itself. A database knows which one it is by the identifier of its cluster and its own number there, and which
installation it belongs to by a name that is kept outside of it. Another of the three closes the fence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.database import Database

CLOSED = "this is a copy of an installation, so it sends no mail until an operator lifts the fence"


@dataclass(frozen=True, slots=True)
class FenceState:
    """Whether mail may be sent, and who lifted the fence when."""

    open: bool
    lifted_by: str | None
    lifted_at: datetime | None


class Fence:
    """The fence of one service's database; `installation` is the name that is kept outside the database."""

    def __init__(self, database: Database, installation: str = "") -> None:
        self._database = database
        self._installation = installation
        self._open = False

    async def closed(self) -> bool:
        """Whether nothing may be sent. What was open once stays so while this process lives."""
        if not self._open:
            async with self._database.transaction(wakes=False) as session:
                self._open = (await self.state(session)).open
        return not self._open

    async def state(self, session: AsyncSession) -> FenceState:
        """How the fence stands; a database without a name of its installation takes this one."""
        await session.execute(_NAME, {"installation": self._installation})
        return FenceState(*(await session.execute(_STATE, {"installation": self._installation})).one())

    async def lift(self, session: AsyncSession, who: str) -> FenceState:
        """Makes this database the original: from now on it sends, the queue that was copied included."""
        await session.execute(_LIFT, {"installation": self._installation, "who": who})
        return await self.state(session)


_HERE = """
FROM pg_control_system() c, pg_database d WHERE d.datname = current_database()
"""
_NAME = text(f"""
UPDATE mail_fence f SET installation = :installation
WHERE f.installation = '' AND :installation <> ''
  AND EXISTS (SELECT {_HERE} AND c.system_identifier = f.system_identifier AND d.oid = f.database_oid)
""")
_STATE = text("""
SELECT c.system_identifier = f.system_identifier AND d.oid = f.database_oid AND f.installation = :installation AS open,
    f.lifted_by, f.lifted_at
FROM mail_fence f, pg_control_system() c, pg_database d WHERE d.datname = current_database()
""")
_LIFT = text(f"""
UPDATE mail_fence SET (system_identifier, database_oid) = (SELECT c.system_identifier, d.oid {_HERE}),
    installation = :installation, lifted_by = :who, lifted_at = clock_timestamp()
""")
