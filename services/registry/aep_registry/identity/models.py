"""The tables of identity: people and programs with their roles, and what signs them in; of secrets only hashes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Index, Integer, LargeBinary, Text, func, text
from sqlmodel import Field

from aep_registry.tables import Tables
from aep_shared.contracts.registry import Grant
from aep_shared.database.tables import Root, moment, one_of
from aep_shared.ids import new_id

_NOW = func.clock_timestamp()


class SubjectKind(StrEnum):
    """Who acts: somebody, or a program that somebody answers for."""

    PERSON = "person"
    PROGRAM = "program"


def _of_subject() -> Any:
    return Field(foreign_key="subjects.id")


class Subject(Root, Tables, table=True):
    """A person or a program. Its name and address stay here and never travel."""

    __tablename__ = "subjects"
    __table_args__ = (
        Index(
            "subjects_by_email",
            text("lower(email)"),
            unique=True,
            postgresql_where=text("email IS NOT NULL AND deleted_at IS NULL"),
        ),
    )

    kind: SubjectKind = Field(
        default=SubjectKind.PERSON,
        sa_type=one_of(SubjectKind, "kind"),
        sa_column_kwargs={"server_default": SubjectKind.PERSON.value},
    )
    email: str | None = Field(default=None, sa_type=Text)
    name: str | None = Field(default=None, sa_type=Text)
    not_before: datetime | None = moment()
    """Tokens that were signed earlier count no longer."""


class RoleGrant(Tables, table=True):
    """A role that a subject has, for one record where the role is one of a record."""

    __tablename__ = "grants"
    __table_args__ = (
        Index(
            "grants_once",
            "subject",
            "role",
            text("coalesce(initiative, '')"),
            text("coalesce(partner, '')"),
            text("coalesce(\"group\", '')"),
            unique=True,
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    subject: UUID = _of_subject()
    role: str = Field(sa_type=Text)
    initiative: str | None = Field(default=None, sa_type=Text)
    partner: str | None = Field(default=None, sa_type=Text)
    group: str | None = Field(default=None, sa_type=Text)
    until: datetime | None = None
    granted_by: str = Field(sa_type=Text)
    granted_at: datetime = moment(server_default=_NOW)

    @property
    def grant(self) -> Grant:
        """What it says to others."""
        return Grant(
            role=self.role, initiative=self.initiative, partner=self.partner, group=self.group, until=self.until
        )


class Heartbeat(Tables, table=True):
    """The version of the last heartbeat on a partition of the topic of subjects."""

    __tablename__ = "heartbeats"

    key: UUID = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)


class ApiToken(Tables, table=True):
    """A token that somebody made for herself or himself, or for a program."""

    __tablename__ = "api_tokens"

    id: str = Field(sa_type=Text, primary_key=True)
    subject: UUID = _of_subject()
    scopes: list[str] | None = Field(default=None, sa_type=ARRAY(Text))
    created_at: datetime = moment(server_default=_NOW)
    expires_at: datetime
    revoked_at: datetime | None = moment()


class SignInRequest(Tables, table=True):
    """That somebody asked for a link to sign in, known or not: a job looks later."""

    __tablename__ = "sign_in_requests"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str = Field(sa_type=Text)
    requested_at: datetime = moment(server_default=_NOW)
    taken_until: datetime | None = moment()


class SignIn(Tables, table=True):
    """A link and a code that sign somebody in once."""

    __tablename__ = "sign_ins"
    __table_args__ = (
        Index("sign_ins_by_lookup", "code_lookup", postgresql_where=text("used_at IS NULL")),
        Index("sign_ins_by_subject", "subject", "created_at"),
    )

    link_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    code_lookup: str = Field(sa_type=Text)
    """The part of a code that finds this row: wrong guesses at the secret part can be counted."""
    code_hash: bytes = Field(sa_type=LargeBinary)
    subject: UUID = _of_subject()
    created_at: datetime = moment(server_default=_NOW)
    expires_at: datetime = moment()
    attempts: int = Field(default=0, sa_type=Integer, sa_column_kwargs={"server_default": "0"})
    used_at: datetime | None = moment()


class SignInSession(Tables, table=True):
    """A browser that somebody is signed in with; its secret is replaced at each renewal."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("sessions_by_secret", "secret_hash", unique=True),
        Index("sessions_by_subject", "subject"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    subject: UUID = _of_subject()
    secret_hash: bytes = Field(sa_type=LargeBinary)
    rotated_at: datetime = moment(server_default=_NOW)
    created_at: datetime = moment(server_default=_NOW)
    expires_at: datetime = moment()
    ended_at: datetime | None = moment()


class UsedSecret(Tables, table=True):
    """A secret that a session had: one that comes again was copied."""

    __tablename__ = "used_secrets"
    __table_args__ = (Index("used_secrets_by_session", "session"),)

    secret_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    session: UUID = Field(foreign_key="sessions.id", ondelete="CASCADE")
    used_at: datetime = moment(server_default=_NOW)
