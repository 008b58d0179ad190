"""Expected failures of the registry."""

from __future__ import annotations

from aep_shared.errors import Conflict, NotFound, Unauthorised


class SignInFailed(Unauthorised):
    """This link or code was used already, has expired or was never issued; ask for a new one."""

    code = "sign-in-failed"


class SessionEnded(Unauthorised):
    """This session has ended; sign in again."""

    code = "session-ended"


class NoSuchPerson(NotFound):
    """There is no person with this address and role."""

    code = "no-such-person"


class NoSuchToken(NotFound):
    """There is no such token."""

    code = "no-such-token"


class WrongState(Conflict):
    """The update is not in a state that allows this."""

    code = "update-state"


class OwnUpdate(Conflict):
    """An update is approved by somebody other than its author."""

    code = "own-update"
