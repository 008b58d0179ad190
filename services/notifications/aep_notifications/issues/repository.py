"""All SQL about issues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.contracts.topics import UPDATE


async def lock_list(session: AsyncSession, slug: str) -> bool:
    """Two issues of a list are assembled one after the other; whether there is such a list."""
    return bool(await session.scalar(text("SELECT true FROM lists WHERE slug = :slug FOR UPDATE"), {"slug": slug}))


async def waiting_updates(session: AsyncSession, slug: str, frequency: str) -> Sequence[Row[Any]]:
    """Approved updates of the list that no issue for this frequency holds yet, the oldest first."""
    return (await session.execute(_WAITING, {"list": slug, "frequency": frequency})).all()


async def add(
    session: AsyncSession, slug: str, frequency: str, title: Any, introduction: Any, editors: Sequence[UUID]
) -> UUID:
    arguments = {
        "list": slug,
        "frequency": frequency,
        "title": _json(title),
        "introduction": _json(introduction),
        "editors": [*editors],
    }
    made: UUID = (await session.execute(_ADD, arguments)).scalar_one()
    return made


async def add_items(session: AsyncSession, issue: UUID, slug: str, frequency: str, updates: Sequence[Row[Any]]) -> None:
    """Takes updates into an issue, in this order."""
    await session.execute(
        _ADD_ITEM,
        [
            {
                "issue": issue,
                "list": slug,
                "frequency": frequency,
                "update": u.key,
                "approved": u.approved_at,
                "position": position,
            }
            for position, u in enumerate(updates)
        ],
    )


async def drop_withdrawn(session: AsyncSession, issue: UUID) -> int:
    """Takes out what is no longer public as it was approved; how many are left."""
    await session.execute(_DROP_WITHDRAWN, {"id": issue})
    return len(await items(session, issue))


async def remove(session: AsyncSession, issue: UUID) -> None:
    """Removes an issue that was never sent; its updates wait for the next one."""
    await session.execute(text("DELETE FROM issues WHERE id = :id"), {"id": issue})


async def find(session: AsyncSession, issue: UUID, *, lock: bool = False) -> Row[Any] | None:
    return (await session.execute(_LOCK if lock else _FIND, {"id": issue})).one_or_none()


async def all_issues(session: AsyncSession, *, public_only: bool) -> Sequence[Row[Any]]:
    return (await session.execute(_SENT if public_only else _ALL)).all()


async def items(session: AsyncSession, issue: UUID) -> Sequence[Row[Any]]:
    return (await items_of(session, [issue]))[issue]


async def items_of(session: AsyncSession, issues: Sequence[UUID]) -> Mapping[UUID, list[Row[Any]]]:
    """The items of issues in their order; those that are no longer public as they were approved have no `data`."""
    found: dict[UUID, list[Row[Any]]] = {issue: [] for issue in issues}
    for row in await session.execute(_ITEMS, {"issues": issues}):
        found[row.issue].append(row)
    return found


async def keep_items(session: AsyncSession, issue: UUID, updates: Sequence[UUID]) -> None:
    """Keeps those of these items that the issue has, in this order; the others wait for the next issue."""
    await session.execute(_DROP_OTHERS, {"id": issue, "updates": list(updates)})
    await session.execute(_ORDER, [{"id": issue, "update": u, "position": i} for i, u in enumerate(updates)])


async def store(session: AsyncSession, issue: UUID, **values: Any) -> Row[Any]:
    """Stores columns of an issue as a new revision."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    statement = text(f"UPDATE issues SET revision = revision + 1, {columns} WHERE id = :id RETURNING *")
    encoded = {name: _json(v) if name in ("title", "introduction") else v for name, v in values.items()}
    return (await session.execute(statement, {"id": issue, **encoded})).one()


async def queue_deliveries(session: AsyncSession, row: Row[Any]) -> int:
    """A delivery for each confirmed subscriber of the list for whom the issue may have something new; how many.

    Whoever changed the frequency meanwhile gets from it what the issues of the new frequency brought before the change.
    """
    result = await session.execute(_QUEUE, {"issue": row.id, "list": row.list, "frequency": row.frequency})
    return len(result.all())


async def stop(session: AsyncSession, issue: UUID) -> None:
    """Drops the mails that are not committed; the updates wait for the next issue, for whoever did not get them."""
    await session.execute(_DROP_QUEUED, {"id": issue})
    await session.execute(text("DELETE FROM issue_items WHERE issue = :id"), {"id": issue})


async def delivery_counts_of(session: AsyncSession, issues: Sequence[UUID]) -> Mapping[UUID, dict[str, int]]:
    """How many deliveries of each issue are in which state."""
    found: dict[UUID, dict[str, int]] = {issue: {} for issue in issues}
    for row in await session.execute(_COUNTS, {"issues": issues}):
        found[row.issue][row.state] = row.number
    return found


async def in_doubt_of(session: AsyncSession, issues: Sequence[UUID]) -> Mapping[UUID, list[str]]:
    """The addresses whose mail of an issue may or may not have gone out."""
    found: dict[UUID, list[str]] = {issue: [] for issue in issues}
    for row in await session.execute(_IN_DOUBT, {"issues": issues}):
        found[row.issue].append(row.email)
    return found


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


_WAITING = text(f"""
SELECT r.key, r.data, (r.data ->> 'approved_at')::timestamptz AS approved_at FROM replicas r
JOIN lists l ON l.slug = :list
WHERE r.topic = '{UPDATE.name}' AND NOT r.deleted
  AND (l.about_types IS NULL OR r.data -> 'about' ->> 'type' = ANY (l.about_types))
  AND NOT EXISTS (SELECT 1 FROM issue_items i WHERE i.list = :list AND i.frequency = :frequency
                  AND i.update_id = r.key::uuid AND i.approved_at = (r.data ->> 'approved_at')::timestamptz)
ORDER BY 2, r.key
""")
_ADD = text("""
INSERT INTO issues (list, frequency, title, introduction, content_by)
VALUES (:list, :frequency, CAST(:title AS jsonb), CAST(:introduction AS jsonb), CAST(:editors AS uuid[])) RETURNING id
""")
_ADD_ITEM = text("""
INSERT INTO issue_items (issue, list, frequency, update_id, approved_at, position)
VALUES (:issue, :list, :frequency, CAST(CAST(:update AS text) AS uuid), :approved, :position)
""")
_DROP_WITHDRAWN = text("""
DELETE FROM issue_items n WHERE n.issue = :id
  AND NOT EXISTS (SELECT 1 FROM live_items l WHERE l.issue = n.issue AND l.update_id = n.update_id)
""")
_FIND = text("SELECT * FROM issues WHERE id = :id")
_LOCK = text("SELECT * FROM issues WHERE id = :id FOR UPDATE")
_ALL = text("SELECT * FROM issues ORDER BY created_at DESC LIMIT 200")
_SENT = text("SELECT * FROM issues WHERE state IN ('sending', 'sent') ORDER BY created_at DESC LIMIT 200")
_ITEMS = text("""
SELECT n.issue, n.update_id, n.approved_at, n.position, l.data FROM issue_items n
LEFT JOIN live_items l ON l.issue = n.issue AND l.update_id = n.update_id
WHERE n.issue = ANY (CAST(:issues AS uuid[])) ORDER BY n.issue, n.position
""")
_DROP_OTHERS = text("DELETE FROM issue_items WHERE issue = :id AND update_id <> ALL (CAST(:updates AS uuid[]))")
_ORDER = text("UPDATE issue_items SET position = :position WHERE issue = :id AND update_id = :update")
# The items are found once and not once a reader. Whether a reader of this frequency got one already is looked up when
# the mail is committed; here only where it decides alone.
_QUEUE = text("""
WITH live AS MATERIALIZED (
    SELECT list, update_id, approved_at FROM live_items WHERE issue = :issue
)
INSERT INTO deliveries (issue, subscriber)
SELECT :issue, s.id FROM subscribers s JOIN subscriptions m ON m.subscriber = s.id AND m.list = :list
WHERE s.state = 'confirmed' AND m.since <= (SELECT max(approved_at) FROM live)
  AND (s.frequency = :frequency OR EXISTS (
    SELECT 1 FROM live n
    JOIN issue_items p ON p.list = n.list AND p.frequency = s.frequency AND p.update_id = n.update_id
        AND p.approved_at = n.approved_at
    JOIN issues o ON o.id = p.issue AND o.state IN ('sending', 'sent')
    WHERE n.approved_at >= m.since
      AND NOT EXISTS (SELECT 1 FROM deliveries w WHERE w.issue = o.id AND w.subscriber = s.id
                        AND w.state IN ('queued', 'committed'))
      AND NOT EXISTS (SELECT 1 FROM delivered_items t WHERE t.subscriber = s.id
                        AND t.update_id = n.update_id AND t.approved_at = n.approved_at)))
ON CONFLICT DO NOTHING RETURNING subscriber
""")
_DROP_QUEUED = text("""
UPDATE deliveries SET state = 'dropped', finished_at = clock_timestamp() WHERE issue = :id AND state = 'queued'
""")
_COUNTS = text("""
SELECT issue, state, count(*) AS number FROM deliveries WHERE issue = ANY (CAST(:issues AS uuid[]))
GROUP BY issue, state ORDER BY issue, state
""")
_IN_DOUBT = text("""
SELECT d.issue, s.email FROM deliveries d JOIN subscribers s ON s.id = d.subscriber
WHERE d.issue = ANY (CAST(:issues AS uuid[])) AND d.state = 'in-doubt' ORDER BY d.issue, s.email
""")
