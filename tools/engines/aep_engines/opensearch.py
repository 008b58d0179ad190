"""An OpenSearch node for tests."""

from __future__ import annotations

import json
import random
import urllib.request
from pathlib import Path
from typing import Self

from aep_engines.catalog import OPENSEARCH
from aep_engines.engine import Engine
from aep_engines.ports import HOST, ReservedPort
from aep_engines.process import ServerProcess
from aep_engines.tools import find_java

JAVA = 21
PATIENCE = 120.0
JVM = (
    "-Xms512m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "--enable-native-access=ALL-UNNAMED",
)
RUNNER = "org.codelibs.opensearch.runner.OpenSearchRunner"
# The runner listens on its base port + 1, and ends without a word where that is above 9299.
PORTS = range(9201, 9300)


class OpenSearch(Engine):
    """Keeps everything below `data`. Raises `EngineMissing` where Java 21 or Maven is not installed,
    `EngineFailed` with the end of the log where the node does not become green.
    """

    def __init__(self, data: Path, *, port: int | None = None) -> None:
        if port is not None and port not in PORTS:
            raise ValueError(f"the runner listens only on ports {PORTS.start} to {PORTS.stop - 1}")
        self.data = data.resolve()
        self._wanted = [port] if port is not None else random.sample(PORTS, len(PORTS))
        self._port: ReservedPort | None = None
        self._server = ServerProcess("opensearch", self.data / "server.log")

    @property
    def port(self) -> int:
        if self._port is None:
            self._port = ReservedPort("opensearch", self._wanted)
        return self._port.number

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> Self:
        java = [str(find_java("opensearch", JAVA)), *JVM, "-cp", f"{OPENSEARCH.fetch()}/*"]
        self.data.mkdir(parents=True, exist_ok=True)
        options = {
            "-basePath": str(self.data / "node"),
            "-numOfNode": "1",
            "-baseHttpPort": str(self.port - 1),
            "-clusterName": f"aep-{self.port}",
        }
        words = [word for option in options.items() for word in option]
        self._server.start([*java, RUNNER, *words], self.data, self._is_green, PATIENCE)
        return self

    def close(self) -> None:
        """Stops and gives the port back."""
        self.stop()
        if self._port is not None:
            self._port.release()
            self._port = None

    def _is_green(self, output: str) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_cluster/health", timeout=5) as answer:
                health = json.load(answer)
        except (OSError, ValueError):
            return False
        # Another node may have taken the port first; its cluster has another name.
        return health["cluster_name"] == f"aep-{self.port}" and health["status"] in ("green", "yellow")
