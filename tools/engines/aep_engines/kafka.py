"""A Kafka broker for tests: one KRaft node that is broker and controller."""

from __future__ import annotations

import base64
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from aep_engines.catalog import KAFKA
from aep_engines.engine import Engine
from aep_engines.errors import EngineFailed
from aep_engines.ports import HOST, own_ports
from aep_engines.process import ServerProcess
from aep_engines.tools import find_java

JAVA = 17
PATIENCE = 90.0
JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.logFile=System.out",
)
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    # After a kill the broker comes back only when its earlier self has timed out, 9 s by default.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # A misspelt topic should fail a test, not come into being.
    "auto.create.topics.enable": "false",
    "log.cleaner.dedupe.buffer.size": "16777216",
}


class Kafka(Engine):
    """Keeps everything below `data`. `settings` are added to the broker's own, or replace them. Raises
    `EngineMissing` where Java or Maven is not installed, `EngineFailed` with the end of the log where the
    broker does not start.
    """

    def __init__(self, data: Path, *, port: int | None = None, settings: Mapping[str, str] | None = None) -> None:
        self.data = data.resolve()
        listener, self._controller_port = own_ports(2)
        self.port = port or listener
        self._settings = dict(settings or {})
        self._server = ServerProcess("kafka", self.data / "server.log")

    @property
    def bootstrap_servers(self) -> str:
        return f"{HOST}:{self.port}"

    def start(self) -> Self:
        java = [str(find_java("kafka", JAVA)), *JVM, "-cp", f"{KAFKA.fetch()}/*"]
        self.data.mkdir(parents=True, exist_ok=True)
        properties = self.data / "server.properties"
        properties.write_text("".join(f"{name}={value}\n" for name, value in self._properties().items()))
        if not (self.data / "log/meta.properties").exists():
            self._format(java, properties)
        self._server.start([*java, "kafka.Kafka", properties], self.data, _started, PATIENCE)
        return self

    def _properties(self) -> dict[str, str]:
        listeners = f"PLAINTEXT://{HOST}:{self.port}"
        own = {
            "controller.quorum.voters": f"1@{HOST}:{self._controller_port}",
            "listeners": f"{listeners},CONTROLLER://{HOST}:{self._controller_port}",
            "advertised.listeners": listeners,
            "log.dirs": str(self.data / "log"),
        }
        return SETTINGS | own | self._settings

    def _format(self, java: list[str], properties: Path) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        run = subprocess.run(
            [*java, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", properties],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        if run.returncode != 0:
            raise EngineFailed("kafka", "could not format its folder", (run.stdout + run.stderr).splitlines())


def _started(output: str) -> bool:
    # Written after the broker has registered and may serve requests; the port is open before that.
    return "Kafka Server started" in output
