"""All SQL about issues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession


async def lock_list(session: AsyncSession, slug: str) -> bool:
    """Two issues of a list are assembled one after the other; whether there is such a list."""
    return bool(await session.scalar(text("SELECT true FROM lists WHERE slug = :slug FOR UPDATE"), {"slug": slug}))


async def waiting_updates(session: AsyncSession, slug: str, frequency: str) -> Sequence[Row[Any]]:
    """Approved updates of the list that no issue for this frequency holds yet, the oldest first."""
    return (await session.execute(_WAITING, {"list": slug, "frequency": frequency})).all()


async def add(session: AsyncSession, slug: str, frequency: str, title: Any, introduction: Any, editor: UUID) -> UUID:
    arguments = {"list": slug, "frequency": frequency, "title": _json(title), "introduction": _json(introduction),
                 "editor": editor}  # fmt: skip
    made: UUID = (await session.execute(_ADD, arguments)).scalar_one()
    return made


async def add_items(session: AsyncSession, issue: UUID, slug: str, frequency: str, updates: Sequence[Row[Any]]) -> None:
    await session.execute(
        _ADD_ITEM,
        [{"issue": issue, "list": slug, "frequency": frequency, "update": u.data["id"], "approved": u.approved_at,
          "position": position, "data": _json(u.data)} for position, u in enumerate(updates)],
    )  # fmt: skip


async def find(session: AsyncSession, issue: UUID, *, lock: bool = False) -> Row[Any] | None:
    return (await session.execute(_LOCK if lock else _FIND, {"id": issue})).one_or_none()


async def all_issues(session: AsyncSession, *, public_only: bool) -> Sequence[Row[Any]]:
    return (await session.execute(_SENT if public_only else _ALL)).all()


async def items(session: AsyncSession, issue: UUID) -> Sequence[Row[Any]]:
    return (await session.execute(_ITEMS, {"id": issue})).all()


async def keep_items(session: AsyncSession, issue: UUID, updates: Sequence[UUID]) -> None:
    """Keeps these items in this order; the others wait for the next issue."""
    await session.execute(_DROP_OTHERS, {"id": issue, "updates": list(updates)})
    await session.execute(_ORDER, [{"id": issue, "update": u, "position": i} for i, u in enumerate(updates)])


async def store(session: AsyncSession, issue: UUID, **values: Any) -> Row[Any]:
    """Stores columns of an issue as a new revision."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    statement = text(f"UPDATE issues SET revision = revision + 1, {columns} WHERE id = :id RETURNING *")
    encoded = {name: _json(v) if name in ("title", "introduction") else v for name, v in values.items()}
    return (await session.execute(statement, {"id": issue, **encoded})).one()


async def queue_deliveries(session: AsyncSession, row: Row[Any]) -> int:
    """A delivery for each confirmed subscriber who has something new in this issue; how many."""
    result = await session.execute(_QUEUE, {"issue": row.id, "list": row.list, "frequency": row.frequency})
    return len(result.all())


async def delivery_counts(session: AsyncSession, issue: UUID) -> dict[str, int]:
    rows = await session.execute(_COUNTS, {"id": issue})
    return {row.state: row.number for row in rows}


async def in_doubt(session: AsyncSession, issue: UUID) -> list[str]:
    """The addresses whose mail may or may not have gone out."""
    return list((await session.execute(_IN_DOUBT, {"id": issue})).scalars())


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


_WAITING = text("""
SELECT r.data, (r.data ->> 'approved_at')::timestamptz AS approved_at FROM replicas r
JOIN lists l ON l.slug = :list
WHERE r.topic = 'aep.registry.update.v1' AND NOT r.deleted
  AND (l.about_types IS NULL OR r.data -> 'about' ->> 'type' = ANY (l.about_types))
  AND NOT EXISTS (SELECT 1 FROM issue_items i WHERE i.list = :list AND i.frequency = :frequency
                  AND i.update_id = r.key::uuid AND i.approved_at = (r.data ->> 'approved_at')::timestamptz)
ORDER BY 2, r.key
""")
_ADD = text("""
INSERT INTO issues (list, frequency, title, introduction, edited_by)
VALUES (:list, :frequency, CAST(:title AS jsonb), CAST(:introduction AS jsonb), :editor) RETURNING id
""")
_ADD_ITEM = text("""
INSERT INTO issue_items (issue, list, frequency, update_id, approved_at, position, data)
VALUES (:issue, :list, :frequency, :update, :approved, :position, CAST(:data AS jsonb))
""")
_FIND = text("SELECT * FROM issues WHERE id = :id")
_LOCK = text("SELECT * FROM issues WHERE id = :id FOR UPDATE")
_ALL = text("SELECT * FROM issues ORDER BY created_at DESC LIMIT 200")
_SENT = text("SELECT * FROM issues WHERE state IN ('sending', 'sent') ORDER BY created_at DESC LIMIT 200")
_ITEMS = text("SELECT * FROM issue_items WHERE issue = :id ORDER BY position")
_DROP_OTHERS = text("DELETE FROM issue_items WHERE issue = :id AND update_id <> ALL (CAST(:updates AS uuid[]))")
_ORDER = text("UPDATE issue_items SET position = :position WHERE issue = :id AND update_id = :update")
_QUEUE = text("""
INSERT INTO deliveries (issue, subscriber)
SELECT :issue, s.id FROM subscribers s JOIN subscriptions m ON m.subscriber = s.id AND m.list = :list
WHERE s.state = 'confirmed' AND s.frequency = :frequency
  AND EXISTS (SELECT 1 FROM new_items(:issue, s.id))
ON CONFLICT DO NOTHING RETURNING subscriber
""")
_COUNTS = text("SELECT state, count(*) AS number FROM deliveries WHERE issue = :id GROUP BY state ORDER BY state")
_IN_DOUBT = text("""
SELECT s.email FROM deliveries d JOIN subscribers s ON s.id = d.subscriber
WHERE d.issue = :id AND d.state = 'in-doubt' ORDER BY 1
""")
