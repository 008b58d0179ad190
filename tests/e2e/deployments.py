"""The same platform in three shapes, each started as its operators start it, seen only from outside."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from aep_engines import Kafka, OpenSearch
from aep_engines.errors import EngineMissing
from aep_engines.ports import own_port, own_ports
from aep_shared.contracts.topics import SERVICES
from aep_standalone.loading import REGISTERS
from tests.e2e.person import Person

READY_SECONDS = 120
BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"


@dataclass
class Deployment:
    """A running platform: how to reach it, and the processes that a fault test may kill."""

    name: str
    addresses: Mapping[str, str]
    """Base address of each service; the website's under 'website' where there is one."""
    token: str
    """Of an operator who may invite people."""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    restart: Mapping[str, list[str]] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    logs: Path = Path()
    ports: Mapping[str, int] = field(default_factory=dict)
    """Where each process answers."""

    def client(self) -> httpx2.Client:
        """A client for which all services are at one address, as behind the proxy."""
        return httpx2.Client(transport=_ByService(self.addresses), base_url="http://platform.example", timeout=30)

    def start(self, name: str) -> None:
        """Starts a process, at first or after it ended."""
        log = (self.logs / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            self.restart[name], env=dict(self.environ), stdout=log, stderr=log, start_new_session=True
        )

    def answers(self, name: str) -> bool:
        """Whether a process has started so far that it answers at all, well or not."""
        try:
            httpx2.get(f"http://127.0.0.1:{self.ports[name]}/healthz", timeout=5)
        except httpx2.TransportError:
            return False
        return True


@contextlib.contextmanager
def supervised(found: Deployment) -> Iterator[None]:
    """Starts every process again that ends by itself or is killed, as docker-compose does, until the block ends."""
    ending = threading.Event()

    def watch() -> None:
        while not ending.wait(0.5):
            for name, process in list(found.processes.items()):
                if process.poll() is not None:
                    print(f"{name} ended with {process.returncode}; starting it again")
                    found.start(name)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ending.set()
        watcher.join()
        _stop(found.processes)


class _ByService(httpx2.BaseTransport):
    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses
        self._transport = httpx2.HTTPTransport()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        parts = request.url.path.split("/")
        name = parts[2] if len(parts) > 2 and parts[1] == "api" else "website"
        target = httpx2.URL(self._addresses[name])
        request.url = request.url.copy_with(scheme=target.scheme, host=target.host, port=target.port)
        return self._transport.handle_request(request)


def _environ(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AEP_")}
    return {**kept, **settings}


def _wait(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.1)


def _stop(processes: Mapping[str, subprocess.Popen[bytes]]) -> None:
    for process in processes.values():
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in processes.values():
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def embedded(folder: Path, smtp_url: str, **settings: str) -> Iterator[Deployment]:
    """`aep up`: one process."""
    port = own_port()
    data = folder / "data"
    environ = _environ(AEP_SMTP_URL=smtp_url, **settings)
    command = [str(BIN / "aep"), "up", "--port", str(port), "--data", str(data), "--no-demo"]
    address = f"http://127.0.0.1:{port}"
    found = Deployment(
        "embedded",
        dict.fromkeys((*SERVICES, "website"), address),
        "",
        restart={"aep": command},
        environ=environ,
        logs=folder,
        ports={"aep": port},
    )
    found.start("aep")
    with supervised(found):
        _wait(lambda: f"ready {address}" in (folder / "aep.log").read_text(), "aep up is not ready")
        found.token = (data / "operator-token").read_text()
        yield found


@contextlib.contextmanager
def processes(folder: Path, postgres_dsn: Mapping[str, str], smtp_url: str, **settings: str) -> Iterator[Deployment]:
    """An API and a worker process for each service on real PostgreSQL, Kafka and OpenSearch."""
    with Kafka(folder / "kafka") as kafka, OpenSearch(folder / "opensearch") as opensearch:
        names = [f"{service}.{part}" for service in SERVICES for part in ("api", "worker")]
        ports = dict(zip(names, own_ports(len(names)), strict=True))
        environ = _environ(
            AEP_EVENT_LOG_URL=f"kafka://{kafka.bootstrap_servers}",
            AEP_REGISTRY_URL=f"http://127.0.0.1:{ports['registry.api']}",
            AEP_REGISTRY_KEYS_DIR=str(folder / "keys"),
            AEP_SEARCH_INDEX_URL=opensearch.url.replace("http://", "opensearch://"),
            AEP_REPORTS_FILES_URL=f"file://{folder / 'files'}",
            AEP_SITE_URL="http://platform.example",
            AEP_SMTP_URL=smtp_url,
            AEP_LOG_FORMAT="console",
            **{f"AEP_{service.upper()}_DATABASE_URL": postgres_dsn[service] for service in SERVICES},
            **settings,
        )
        restart = {
            name: [
                "/usr/bin/env",
                f"AEP_{name.partition('.')[0].upper()}_PORT={port}",
                sys.executable,
                "-m",
                f"aep_{name.partition('.')[0]}",
                name.partition(".")[2],
            ]
            for name, port in ports.items()
        }
        addresses = {service: f"http://127.0.0.1:{ports[f'{service}.api']}" for service in SERVICES}
        found = Deployment("processes", addresses, "", restart=restart, environ=environ, logs=folder, ports=ports)
        _migrate(environ)
        with supervised(found):
            for name in restart:
                found.start(name)
            for service, port in ports.items():
                _wait(functools.partial(_ready, f"http://127.0.0.1:{port}", service), f"{service} is not ready")
            found.token = _operator_token(environ)
            _load_process(found)
            yield found


def _migrate(environ: Mapping[str, str]) -> None:
    for service in SERVICES:
        subprocess.run([sys.executable, "-m", f"aep_{service}", "migrate"], env=dict(environ), check=True, timeout=120)


def _ready(address: str, name: str) -> bool:
    with contextlib.suppress(httpx2.TransportError):
        service = name.partition(".")[0]
        return httpx2.get(f"{address}/api/{service}/readyz", timeout=5).status_code == 200
    return False


def _operator_token(environ: Mapping[str, str]) -> str:
    command = [sys.executable, "-m", "aep_registry", "operator-token"]
    made = subprocess.run(command, env=dict(environ), check=True, timeout=60, capture_output=True, text=True)
    return made.stdout.strip()


def _load_process(deployment: Deployment) -> None:
    """The process data set, each register at its own service, as `aep load` does behind one address."""
    person = Person(deployment, deployment.token)
    for service, name, plural in REGISTERS:
        lines = (DATA / "process" / f"{name}.jsonl").read_bytes()
        person.call("POST", f"/api/{service}/v1/{plural}/import", expect=200, content=lines)


@contextlib.contextmanager
def compose(folder: Path, mails: Path) -> Iterator[Deployment]:
    """docker-compose from images of this checkout, with nothing kept from before and nothing left behind."""
    port = own_port()
    address = f"http://127.0.0.1:{port}"
    env_file = folder / "env"
    subprocess.run([ROOT / "deploy/docker/make-env", env_file], check=True)
    mails.chmod(0o777)
    # What is set here wins over the file.
    environ = _environ(
        AEP_SITE_URL=address, AEP_PORT=str(port), AEP_SMTP_URL="smtp://sink:2525", AEP_TEST_MAILS=str(mails)
    )
    files = ["-f", ROOT / "docker-compose.yml", "-f", ROOT / "tests/e2e/compose.yml"]
    command = [*compose_command(), "-p", f"aep-test-{port}", "--env-file", env_file, *files]

    def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *arguments], env=environ, cwd=ROOT, text=True, **options)

    try:
        run("up", "-d", "--build", "--wait", check=True, timeout=1500)
        token = run(
            "exec",
            "-T",
            "registry-api",
            "python",
            "-m",
            "aep_registry",
            "operator-token",
            check=True,
            timeout=60,
            stdout=subprocess.PIPE,
        ).stdout.strip()
        yield Deployment("compose", dict.fromkeys((*SERVICES, "website"), address), token)
    finally:
        with (folder / "compose.log").open("w") as log:
            run("logs", "--no-color", stdout=log, stderr=log, timeout=120)
        run("down", "-v", "--timeout", "15", timeout=300)


def compose_command() -> list[str]:
    """How Compose is called here.

    Raises `EngineMissing` where it is not installed.
    """
    for command in (["docker", "compose"], ["docker-compose"]):
        with contextlib.suppress(OSError):
            if subprocess.run([*command, "version"], capture_output=True, timeout=60).returncode == 0:
                return command
    raise EngineMissing("neither 'docker compose' nor docker-compose is here")
