"""Expected failures of the registry."""

from __future__ import annotations

from aep_shared.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthorised


class SignInFailed(Unauthorised):
    """This link or code was used already, has expired or was never issued; ask for a new one."""

    code = "sign-in-failed"


class SessionEnded(Unauthorised):
    """This session has ended; sign in again."""

    code = "session-ended"


class NoSuchPerson(NotFound):
    """There is no person with this address and role."""

    code = "no-such-person"


class NoSuchKey(NotFound):
    """There is no signing key with this id."""

    code = "no-such-key"


class LastKey(Conflict):
    """This is the only signing key; add another before it is withdrawn."""

    code = "last-key"


class OwnRole(Forbidden):
    """Nobody gives a role to herself or himself."""

    code = "own-role"


class NotAProgram(Conflict):
    """This address is a person's; the role api-client is for programs, which have an address of their own."""

    code = "not-a-program"


class ProgramInOffice(Conflict):
    """Officers, deputies and operators are people: a program cannot be one."""

    code = "program-in-office"


class TokenOfAnother(Forbidden):
    """People make tokens for themselves and for programs, never for another person; a program makes none."""

    code = "token-of-another"


class ScopesMissing(InvalidInput):
    """The token of a program says which roles it is limited to."""

    code = "scopes-missing"


class ScopesExceeded(Forbidden):
    """A limited token makes no token with other scopes than its own."""

    code = "scopes-exceeded"


class NoSuchToken(NotFound):
    """There is no such token."""

    code = "no-such-token"


class WrongState(Conflict):
    """The update is not in a state that allows this."""

    code = "update-state"


class OwnUpdate(Conflict):
    """An update is approved by somebody who did not write it, change its text or hand it in."""

    code = "own-update"


class NoSuchRecord(InvalidInput):
    """There is no record with this slug that a role or an update could be about."""

    code = "no-such-record"


class FigureWithoutSource(InvalidInput):
    """A figure names the source that it is from."""

    code = "figure-without-source"
