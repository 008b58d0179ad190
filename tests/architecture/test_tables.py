"""What the migrations of a service make is what its table classes say."""

from __future__ import annotations

import importlib
import warnings
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, text

from aep_shared.database import Database
from aep_shared.database.migrations import migrate, platform_statements
from aep_shared.registers.tables import slug_tables
from aep_standalone.postgres import EmbeddedPostgres

SERVICES = ("registry", "events", "notifications", "reports", "search")


@pytest.fixture(params=SERVICES)
async def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_migrations_and_models_are_equal(postgres: EmbeddedPostgres, service: str) -> None:
    assert await _differences(postgres, service) == []


async def test_a_difference_is_seen(postgres: EmbeddedPostgres) -> None:
    changes = (
        "ALTER TABLE partners DROP COLUMN removal_reason",
        "ALTER TABLE updates DROP CONSTRAINT updates_state_check",
        "ALTER TABLE groups ALTER COLUMN public DROP NOT NULL",
        "DROP INDEX initiatives_by_slug",
    )
    for change in changes:
        assert await _differences(postgres, "registry", change), change
    with pytest.raises(UserWarning, match="kind"):
        await _differences(
            postgres,
            "registry",
            "ALTER TABLE partners ALTER COLUMN kind SET EXPRESSION AS (upper(public ->> 'kind'))",
        )


async def _differences(postgres: EmbeddedPostgres, service: str, change: str | None = None) -> list[Any]:
    name = f"tables_{service}"
    await postgres.ensure_database(name)
    database = Database(postgres.dsn(name))
    try:
        async with database.engine.begin() as connection:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
        await migrate(database.engine, f"aep_{service}")
        async with database.engine.begin() as connection:
            if change:
                await connection.execute(text(change))
            return await connection.run_sync(_compared, service)
    finally:
        await database.close()


def _compared(connection: Connection, service: str) -> list[Any]:
    package = Path(str(importlib.import_module(f"aep_{service}").__file__)).parent
    for models in package.glob("*/models.py"):
        importlib.import_module(f"aep_{service}.{models.parent.name}.models")
    tables: MetaData = importlib.import_module(f"aep_{service}.tables").Tables.metadata
    described = [tables, slug_tables] if (package / "registers.py").exists() else [tables]
    known = {name for metadata in described for name in metadata.tables}

    def ours(kept: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        table = name if kind == "table" else kept.table.name
        return table in known or not _beside(table)

    options = {
        "include_object": ours,
        "compare_type": True,
        "compare_server_default": True,
        "autogenerate_plugins": PLUGINS,
    }
    context = MigrationContext.configure(connection, opts=options)
    with warnings.catch_warnings():
        # A generated column that differs is no difference for Alembic, only a warning.
        warnings.simplefilter("error")
        found: list[Any] = compare_metadata(context, described)
    return found


PLUGINS = ["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"]


# What search still has to write into its index is no record: one writer reads and clears it with statements of its own.
BOOKKEEPING = {"index_marks", "index_state"}


def _beside(name: str) -> bool:
    """Whether a table is one that the platform makes in every service, or no record."""
    made = " ".join(platform_statements(1))
    return name in {"alembic_version", *BOOKKEEPING} or f"TABLE {name} " in made
