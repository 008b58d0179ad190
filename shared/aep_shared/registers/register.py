"""What one register is: its records, its table, what it answers, and who may do what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.access.actor import Actor, Policy
from aep_shared.contracts.base import RegisterRecord, State
from aep_shared.contracts.topics import Topic
from aep_shared.database.tables import table_of
from aep_shared.flow.outbox import Aggregate
from aep_shared.http.lists import ListGrammar, ListQuery
from aep_shared.registers.repository import names_record, reader_of
from aep_shared.registers.schemas import RegisterQuery
from aep_shared.registers.tables import Registered

R = TypeVar("R", bound=Registered)
D = TypeVar("D", bound=RegisterRecord)


@dataclass(frozen=True, slots=True, eq=False)
class Register(Generic[R, D]):
    """One register. Listing, reading, changing, importing, removing and publishing are the same for all."""

    noun: str
    """What one of its records is called."""
    plural: str
    """Its name in addresses."""
    table: type[R]
    record: type[D]
    """What it takes in; the documents of the table are of this model."""
    out: type[State]
    """What it answers: the public state, with `updated_at`."""
    query: type[RegisterQuery]
    topic: Topic
    change: Policy
    """Who may change a record; asked with its slug, or without one for a record that is new."""
    remove: Policy
    references: Mapping[str, str] = field(default_factory=dict)
    """The filters that name a record of this service, and its noun: a former slug of it means the same."""
    example: Mapping[str, object] = field(default_factory=lambda: {"name": {"en": "A name"}})
    """A change, for the documentation."""
    derive: Callable[[D | None, D], D] | None = None
    """Makes of the document before and the one given the one to keep."""
    check_change: Callable[[Actor, D, D], None] | None = None
    """Raises where this actor may not make of the record, as it is, what it would be."""
    after_rename: Callable[[AsyncSession, str, str], Awaitable[None]] | None = None
    """Lets what the service keeps about the old slug follow to the new one."""

    @property
    def aggregate(self) -> Aggregate:
        return Aggregate(self.topic, table_of(self.table), reader_of(self.table))

    @property
    def grammar(self) -> ListGrammar:
        """What its list can be asked: every field of the query has a column of its name."""
        c = table_of(self.table).c
        columns = {name: c[name] for name in self.query.model_fields if name not in ListQuery.model_fields}
        references = {name: partial(names_record, columns[name], noun) for name, noun in self.references.items()}
        return ListGrammar(
            filters=columns,
            sorts={"slug": c.slug, "updated": c.stored_at},
            key=c.id,
            stored_at=c.stored_at,
            deleted_at=c.deleted_at,
            references=references,
        )

    def document(self, row: R) -> D:
        return cast("D", row.public)

    def shown(self, row: R) -> State:
        """A record as the API shows it; its document was validated when it was read."""
        fields: dict[str, Any] = {**dict(row.public), "id": row.id, "updated_at": row.stored_at}
        return self.out.model_construct(**fields)
