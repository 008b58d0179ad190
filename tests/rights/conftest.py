"""All five services without their loops, and people of every role whose rights each of them knows."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import orjson
import pytest
from fastapi import FastAPI

from aep_events.app import build as build_events
from aep_events.registers import REGISTERS as EVENTS
from aep_notifications.app import build as build_notifications
from aep_registry.app import build as build_registry
from aep_registry.identity.keys import SigningKeys
from aep_registry.registers import REGISTERS as REGISTRY
from aep_reports.app import build as build_reports
from aep_search.app import build as build_search
from aep_shared.access import tokens
from aep_shared.access.actor import LOCAL_OPERATOR, Actor
from aep_shared.access.rights import HEARTBEATS
from aep_shared.contracts.registry import Grant
from aep_shared.contracts.topics import SUBJECT
from aep_shared.ids import new_id
from aep_shared.registers.service import create
from aep_shared.service.platform import Platform
from aep_standalone.postgres import EmbeddedPostgres
from tests.described import Described
from tests.shared.statements import run

BUILDERS = {
    "registry": build_registry,
    "events": build_events,
    "search": build_search,
    "notifications": build_notifications,
    "reports": build_reports,
}
LAB = {"initiative": "lab", "partner": None, "group": None}
PEOPLE: dict[str, list[dict[str, Any]]] = {
    "nobody": [],
    "reader": [{"role": "reader"}],
    "translator": [{"role": "translator"}],
    "coordinator": [{"role": "coordinator", "initiative": "lab"}],
    "coordinator of another": [{"role": "coordinator", "initiative": "other"}],
    "focal-point": [{"role": "focal-point", "partner": "lab"}],
    "group-chair": [{"role": "group-chair", "group": "lab"}],
    "group-member": [{"role": "group-member", "group": "lab"}],
    "editor": [{"role": "editor"}],
    "officer": [{"role": "officer"}],
    "deputy": [{"role": "deputy", "until": "2099-01-01T00:00:00Z"}],
    "deputy whose time is over": [{"role": "deputy", "until": "2020-01-01T00:00:00Z"}],
    "operator": [{"role": "operator"}],
    "local operator": [{"role": "operator"}],
    "api-client": [{"role": "api-client"}],
}


@dataclass
class Service:
    platform: Platform
    app: FastAPI
    client: httpx2.AsyncClient


@dataclass
class Office:
    """The services by name, and the subjects of `PEOPLE` by name."""

    keys: SigningKeys
    services: dict[str, Service] = field(default_factory=dict)
    subjects: dict[str, UUID] = field(default_factory=dict)

    def headers(self, person: str, scopes: list[str] | None = None) -> dict[str, str]:
        """The headers of a person, with a token that is limited where scopes are given."""
        issuer = self.services["registry"].platform.settings.site_url
        token = tokens.sign(self.keys.signing(), issuer, self.subjects[person], new_id().hex, 1, 3600, scopes)
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
async def office(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    folder, mark = tmp_path_factory.mktemp("office"), secrets.token_hex(4)
    made = Office(SigningKeys(folder / "keys"))
    environ = await _environ(postgres, folder, mark)
    made.subjects = {name: LOCAL_OPERATOR if name == "local operator" else new_id() for name in PEOPLE}
    for name, build in BUILDERS.items():
        platform, app = build(environ)
        await platform.migrate()
        await platform.open()
        await platform.create_topics()
        transport = Described(app)
        client = httpx2.AsyncClient(transport=transport, base_url="http://platform.example", timeout=60)
        made.services[name] = Service(platform, app, client)
        await (_into_tables if name == "registry" else _into_replicas)(made, platform)
    await _records(made)
    yield made
    for service in made.services.values():
        await service.client.aclose()
        await service.platform.close()


async def _environ(postgres: EmbeddedPostgres, folder: Path, mark: str) -> dict[str, str]:
    names = {name: f"rights_{name}_{mark}" for name in (*BUILDERS, "log")}
    for database in names.values():
        await postgres.ensure_database(database)
    return {
        **{f"AEP_{name.upper()}_DATABASE_URL": postgres.dsn(names[name]) for name in BUILDERS},
        "AEP_EVENT_LOG_URL": postgres.dsn(names["log"]),
        "AEP_REGISTRY_URL": "http://127.0.0.1:9",
        "AEP_REGISTRY_KEYS_DIR": str(folder / "keys"),
        "AEP_SEARCH_INDEX_URL": f"tantivy://{folder / 'index'}",
        "AEP_REPORTS_FILES_URL": f"file://{folder / 'files'}",
        "AEP_NOTIFICATIONS_MAILBOX_PORT": "2525",
    }


async def _into_tables(office: Office, platform: Platform) -> None:
    for name, subject in office.subjects.items():
        await run(
            platform.database,
            "INSERT INTO subjects (id, event_version, email) VALUES (:id, 1, :email)",
            id=subject,
            email=f"{name.replace(' ', '-')}@people.example",
        )
        for grant in PEOPLE[name]:
            until = grant.get("until")
            await run(
                platform.database,
                'INSERT INTO grants (id, subject, role, initiative, partner, "group", until, granted_by) VALUES'
                " (uuidv7(), :id, :role, :initiative, :partner, :group, CAST(CAST(:until AS text) AS timestamptz),"
                " 'test')",
                id=subject,
                role=grant["role"],
                until=until,
                initiative=grant.get("initiative"),
                partner=grant.get("partner"),
                group=grant.get("group"),
            )


async def _into_replicas(office: Office, platform: Platform) -> None:
    states = {subject: {"id": subject, "grants": PEOPLE[name]} for name, subject in office.subjects.items()}
    for key, state in {**states, **{beat: {"id": beat} for beat in HEARTBEATS}}.items():
        # Stored an hour ahead, so that no heartbeat is missed while the loops stand still.
        await run(
            platform.database,
            "INSERT INTO replicas (topic, key, partition, version, deleted, data, stored_at) VALUES (:topic, :key, 0,"
            " 1, false, CAST(:data AS jsonb), clock_timestamp() + interval '1 hour')",
            topic=SUBJECT.name,
            key=str(key),
            data=orjson.dumps(state).decode(),
        )
    await run(
        platform.database,
        "INSERT INTO key_sets (keys) VALUES (CAST(:keys AS jsonb))",
        keys=orjson.dumps(office.keys.public()).decode(),
    )


async def _records(office: Office) -> None:
    """A record `lab` of each register, for routes that need one."""
    for service, registers in {"registry": REGISTRY, "events": EVENTS}.items():
        for register in registers:
            fields = register.topic.example.model_dump(exclude={"id", "former_slugs"})
            given = register.record.model_validate({**fields, "slug": "lab", "demo": False})
            async with office.services[service].platform.database.transaction() as session:
                await create(session, Actor(new_id(), (Grant(role="operator"),)), register, given)
