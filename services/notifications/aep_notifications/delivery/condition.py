"""The sender's condition: whether the server fails, since when, and how long to wait before it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds of rest after a failure; they double with each further one.

    A mail that is tried while a server loses replies puts one more reader in doubt, so after doubt the rest is longer.
    """

    lost: float = 2.0
    lost_at_most: float = 300.0
    doubt: float = 60.0
    doubt_at_most: float = 3600.0


class Condition:
    """What is known of the server from the last attempts, for `/readyz` and for the next attempt."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._failures = 0
        self._since: datetime | None = None
        self._problem: str | None = None
        self._doubt = False
        self.notice: str | None = None
        """What keeps mails waiting besides the server."""

    @property
    def failing(self) -> bool:
        return self._failures > 0

    @property
    def pause(self) -> float:
        """How long to rest now."""
        patience, doubling = self._patience, 2.0 ** min(max(self._failures - 1, 0), 30)
        if self._doubt:
            return min(patience.doubt * doubling, patience.doubt_at_most)
        return min(patience.lost * doubling, patience.lost_at_most)

    def failed(self, problem: str, *, doubt: bool = False) -> None:
        """No connection opened, or one was lost."""
        self._since = self._since or datetime.now(UTC)
        self._failures += 1
        self._problem, self._doubt = problem, doubt

    def succeeded(self, limited_by: str | None = None) -> None:
        """The server answered; `limited_by` says why fewer connections opened than were wanted."""
        self._failures, self._since, self._doubt, self._problem = 0, None, False, limited_by

    def in_words(self) -> str:
        """One line for operators."""
        fails = f"mail server fails since {self._since:%Y-%m-%d %H:%M:%S} UTC: {self._problem}" if self._since else None
        if self.notice or fails:
            return "; ".join(words for words in (self.notice, fails) if words)
        return f"degraded: fewer connections than wanted: {self._problem}" if self._problem else "ok"
