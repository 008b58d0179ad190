"""The deployments that the golden path runs on."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aep_engines.errors import EngineMissing
from aep_engines.ports import own_port
from aep_shared.contracts.topics import SERVICES
from aep_standalone.postgres import EmbeddedPostgres
from tests.conftest import WHOLE_PLATFORMS, leave_out
from tests.e2e import deployments
from tests.e2e.deployments import Deployment
from tests.e2e.sink import MailSink


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests run in random order, but the steps of a story (`in_order`) as they stand, one deployment after another.

    They come first: they take longest, so that another worker does everything else meanwhile.
    """
    steps = [item for item in items if item.get_closest_marker("in_order")]
    for place, step in zip(sorted(map(items.index, steps)), sorted(steps, key=_place_in_story), strict=True):
        items[place] = step
    items.sort(key=lambda item: not item.nodeid.startswith(WHOLE_PLATFORMS))


def _place_in_story(step: pytest.Item) -> tuple[str, str, int]:
    return (str(step.path), step.name.rpartition("[")[2], step.reportinfo()[1] or 0)


@pytest.fixture(scope="module")
def sink(scratch: Path) -> Iterator[MailSink]:
    port = own_port()
    folder = scratch / f"mails-{port}"
    folder.mkdir()
    server = MailSink(folder, port)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """Settings beside those of the deployment; a module may have its own."""
    return {}


@pytest.fixture(
    scope="module",
    params=[
        "embedded",
        pytest.param("processes", marks=pytest.mark.engines),
        pytest.param("compose", marks=pytest.mark.compose),
    ],
)
def deployment(
    request: pytest.FixtureRequest,
    sink: MailSink,
    scratch: Path,
    postgres: EmbeddedPostgres,
    settings: dict[str, str],
) -> Iterator[Deployment]:
    """The platform in one of its shapes, empty but for the process data."""
    folder = scratch / f"e2e-{request.param}-{secrets.token_hex(4)}"
    folder.mkdir()
    sink.clear()
    # A fixture that yields in several branches would need this line in each of them.
    request.addfinalizer(lambda: _keep_logs(request, folder))  # noqa: PT021
    shapes = {
        "embedded": lambda: deployments.embedded(folder, sink.url, **settings),
        "processes": lambda: deployments.processes(folder, _databases(postgres), sink.url, **settings),
        "compose": lambda: deployments.compose(folder, sink.folder),
    }
    try:
        with shapes[request.param]() as found:
            yield found
    except EngineMissing as problem:
        leave_out("compose" if request.param == "compose" else "engines", str(problem))


def _databases(postgres: EmbeddedPostgres) -> dict[str, str]:
    names = {service: f"e2e_{service}_{secrets.token_hex(4)}" for service in SERVICES}
    return {service: _database(postgres, name) for service, name in names.items()}


def _database(postgres: EmbeddedPostgres, name: str) -> str:
    """Makes a database from a synchronous fixture, in a thread because the test's own loop may be running."""
    thread = threading.Thread(target=lambda: asyncio.run(postgres.ensure_database(name)))
    thread.start()
    thread.join()
    return postgres.dsn(name)


def _keep_logs(request: pytest.FixtureRequest, folder: Path) -> None:
    """Shows the end of every log where a step failed."""
    if request.session.testsfailed:
        for log in sorted(folder.glob("*.log")):
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
            print(f"--- {log.name}\n{tail}")
