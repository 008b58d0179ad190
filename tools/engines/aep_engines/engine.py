"""What every engine for tests does in the same way, whatever server it runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from aep_engines.process import ServerProcess


class Engine(ABC):
    """`start`, `stop` or `kill`, and `restart` on the same port and data; also a context manager."""

    _server: ServerProcess

    @property
    def pid(self) -> int | None:
        return self._server.pid

    @abstractmethod
    def start(self) -> Self: ...

    def stop(self) -> None:
        self._server.stop()

    def kill(self) -> None:
        self._server.kill()

    def restart(self) -> None:
        """Starts again with the same port and data, after stopping where it still runs."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stops and gives back what the engine holds while it is stopped."""
        self.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
