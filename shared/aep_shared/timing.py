"""How long leaders, owners and their calls may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """How long, in seconds, a leader or owner may be silent, and what it may do within that time."""

    deadline: float = 3.0
    """A leader acts only this long after its last renewal."""
    request_timeout: float = 5.0
    """No single call to a dependency takes longer."""
    silence: float = 15.0
    """After this a leader or owner counts as hanging and is replaced; longer than deadline and time-out together."""
    settle: float = 2.0
    """How long the list of live workers must be unchanged before partitions move."""
    sweep_after: float = 3600.0
    """How long a rebuild keeps what it has not seen: after a loss of the log its owner publishes it again."""

    @property
    def review(self) -> float:
        """How often a worker shows that it lives and looks who else does."""
        return self.silence / 10
