"""Supervises a real PostgreSQL server that belongs to one data folder and to one process.

The server listens on a unix socket below the data folder (and on a loopback port only when asked), knows
one owner with a random password, and ends with a clean stop. When this process is killed, the server is
left alone; the next start on the same data stops it cleanly and starts its own. `docs/upgrade-notes.md`
says how data move to the next major version of PostgreSQL.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import asyncpg

from aep_standalone.binaries import Binaries, find_binaries, runnable_by
from aep_standalone.cluster import OWNER, make_cluster
from aep_standalone.datafolder import DataFolder
from aep_standalone.errors import FolderNotWritable, PortInUse, ServerDied
from aep_standalone.logtail import LogTail
from aep_standalone.processes import end_leftovers, forget_dead_server
from aep_standalone.programs import POLL, Program, ended
from aep_standalone.serveruser import ServerUser, hand_over, hand_over_tree, server_user
from aep_standalone.socketpath import SocketPath

SOCKET_PORT = 5432  # Only part of the socket's name when no port is opened.

# Given at every start, because the platform relies on them.
REQUIRED = {
    "fsync": "on",
    "full_page_writes": "on",
    "password_encryption": "scram-sha-256",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "max_prepared_transactions": "20",
    "log_startup_progress_interval": "2s",
    "logging_collector": "off",
    "log_destination": "stderr",
    # What people write, and their addresses, stay out of the server's log.
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}


def _ignore(line: str) -> None:
    return None


class EmbeddedPostgres:
    """`start` and `stop` may follow each other any number of times, also after the server died by itself.

    `progress` receives one line at a time while the server starts, a long crash recovery included. With
    `port` the server also listens on 127.0.0.1. Raises the errors of `aep_standalone.errors`.
    """

    def __init__(self, data: Path, *, progress: Callable[[str], None] = _ignore, port: int | None = None) -> None:
        self.folder = DataFolder(data)
        self.port = port
        self._progress = progress
        self._server: subprocess.Popen[bytes] | None = None
        self._socket = SocketPath(self.folder.run, self.folder.postgres / "address")
        self._address = self.folder.run
        self._password = ""

    async def start(self) -> None:
        """Returns when the server takes connections. No time limit: recovery after a crash may take long."""
        if self._server is not None:
            if self._server.poll() is None:
                raise RuntimeError("the server is running already")
            # It died by itself: the lock and the address stay, since others know the server by that address.
            self._server = None
        if not self.folder.is_open:
            self.folder.open()
        try:
            await self._start()
        except OSError as problem:
            await self.stop()
            raise FolderNotWritable(self.folder.path, str(problem)) from problem
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Ends the sessions, writes everything to disk and returns when the server has ended."""
        if self._server is not None:
            if self._server.poll() is None:
                self._server.send_signal(signal.SIGINT)
            await ended(self._server)
            self._server = None
            self._socket.forget()
        self.folder.close()

    async def wait(self) -> int:
        """Returns the exit status when the server ends, by `stop` or by itself; it may be started again."""
        if self._server is None:
            raise RuntimeError("the server has not been started")
        return await ended(self._server)

    def dsn(self, database: str) -> str:
        """The address for asyncpg; SQLAlchemy takes it as `postgresql+asyncpg`. Holds the password."""
        place = f"host={quote(str(self._address), safe='/')}&port={self._socket_port}"
        return f"postgresql://{OWNER}:{quote(self._password)}@/{quote(database, safe='')}?{place}"

    async def ensure_database(self, name: str) -> None:
        connection = await asyncpg.connect(self.dsn("postgres"))
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                quoted = name.replace('"', '""')
                await connection.execute(f'CREATE DATABASE "{quoted}"')
        except asyncpg.DuplicateDatabaseError:
            return  # Somebody else made it between the question and the command.
        finally:
            await connection.close()

    @property
    def _socket_port(self) -> int:
        return self.port or SOCKET_PORT

    async def _start(self) -> None:
        binaries = find_binaries()
        self.folder.check_version(binaries.major)
        cluster = self.folder.cluster(binaries.major)
        await end_leftovers(cluster, self._progress)
        forget_dead_server(cluster)
        user = server_user(cluster)
        binaries = runnable_by(binaries, user)
        self.folder.clear_run()
        hand_over(self.folder.run, user)
        self._password = self.folder.password()
        if not cluster.exists():
            self._progress(f"making a new PostgreSQL {binaries.major} database in {cluster}")
            await make_cluster(self.folder, binaries, user, self._password)
        hand_over_tree(cluster, user)
        self.folder.record_version(binaries.major)
        await self._start_server(binaries, user, cluster)

    async def _start_server(self, binaries: Binaries, user: ServerUser | None, cluster: Path) -> None:
        if self.port is not None:
            check_port_free(self.port)
        tail = LogTail(self.folder.log)
        tail.rotate()
        program = Program(user)
        arguments = [str(binaries.bin / "postgres"), "-D", program.folder(cluster)]
        for name, value in (REQUIRED | self._listening(program)).items():
            arguments += ["-c", f"{name}={value}"]
        self._server = program.start(arguments, cluster, self.folder.log)
        await self._ready(self._server, cluster, tail)

    def _listening(self, program: Program) -> dict[str, str]:
        self._address = self._socket.short(self._socket_port)
        # A server of another user cannot follow this user's link, but has a short name for the folder itself.
        sockets = str(self._address) if program.user is None else program.folder(self.folder.run)
        return {
            "listen_addresses": "127.0.0.1" if self.port is not None else "",
            "port": str(self._socket_port),
            "unix_socket_directories": sockets,
        }

    async def _ready(self, server: subprocess.Popen[bytes], cluster: Path, tail: LogTail) -> None:
        ready = False
        while not ready:
            ready = _says_ready(cluster, server.pid)
            for line in tail.new_lines():
                self._progress(line)
            if (status := server.poll()) is not None:
                raise ServerDied("postgres", status, self.folder.log, tail.last())
            await asyncio.sleep(POLL)


def _says_ready(cluster: Path, pid: int) -> bool:
    """The server's own word: the first line of postmaster.pid is its process, the eighth its state."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def check_port_free(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortInUse(port) from None
