"""Alembic for each service: revisions in its `migrations/` folder, shared tables as frozen SQL files."""

from __future__ import annotations

import importlib
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from aep_shared.errors import Problem

_MIGRATION_LOCK = 7_234_001


class UnknownRevision(Problem):
    """The database was made by a newer version of this service, or by one from before the first release."""

    status = 500
    code = "database-revision-unknown"


def statements_of(package: str, name: str) -> list[str]:
    """The statements of a SQL file beside a package's code, without comments; none may hold a semicolon inside."""
    text = files(package).joinpath(name).read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    return [statement.strip() for statement in "\n".join(lines).split(";") if statement.strip()]


def platform_statements(revision: int) -> list[str]:
    """The statements that create the shared tables of a platform revision."""
    return statements_of("aep_shared.database", f"platform_{revision:04d}.sql")


async def migrate(engine: AsyncEngine, package: str) -> None:
    """Brings the database to the newest revision of `package`; several processes may call it at once.

    Raises `UnknownRevision` when the database is at a revision that this code does not have.
    """
    # Without the limits of ordinary work: a change of a large table takes its time, and another process may wait.
    unlimited = create_async_engine(engine.url, poolclass=NullPool, connect_args={"timeout": 5})
    async with unlimited.connect() as connection:
        await connection.run_sync(_upgrade, _config(package), package)
        await connection.commit()


def _config(package: str) -> Config:
    root = Path(str(importlib.import_module(package).__file__)).parent
    folder = next(place for place in (root / "migrations", root.parent / "migrations") if place.is_dir())
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


def _upgrade(connection: Connection, config: Config, package: str) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if connection.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar():
        for (revision,) in connection.exec_driver_sql("SELECT version_num FROM alembic_version"):
            if revision not in known:
                raise UnknownRevision(
                    f"the database of {package} is at revision {revision}, which this version does not have: a newer"
                    " version made it, or one from before the first release, whose data are loaded anew"
                )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
