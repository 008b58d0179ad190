"""Records as the APIs answer them."""

from __future__ import annotations

OFFICER = {"id": "0198", "grants": [{"role": "officer"}]}
COORDINATOR = {"id": "0199", "grants": [{"role": "coordinator", "initiative": "summer-school"}]}
PARAGRAPH = {
    "ref": "75",
    "number": "75",
    "kind": "paragraph",
    "text": {"en": "To <look> closely."},
    "heading": [],
    "footnotes": [{"mark": "2", "text": "A note."}],
    "links": [],
    "position": 0,
    "url": "/publications/conclusions/paragraphs/75",
}
PUBLICATION = {
    "slug": "conclusions",
    "title": {"en": "Conclusions"},
    "kind": "conclusions",
    "date": "2021-12-15",
    "status": "adopted",
    "meeting": None,
    "paragraphs": 1,
}
INITIATIVE = {
    "id": "0197284e-9c00-7000-8000-000000000006",
    "slug": "school",
    "title": {"fr": "École d’été"},
    "status": "running",
    "kind": "project",
}
CITED = {"ref": "75", "initiatives": [{**INITIATIVE, "stance": "announced"}], "updates": [], "meetings": []}
UPDATE = {
    "id": "u1",
    "about": {"type": "initiative", "slug": "summer-school"},
    "kind": "progress",
    "state": "draft",
    "title": {"en": "Summer", "fr": "Été"},
    "text": {"en": "Sixty students."},
    "links": [],
    "mentions": [],
    "author": COORDINATOR["id"],
    "content_by": [COORDINATOR["id"]],
    "note": None,
    "revision": 3,
    "discarded": False,
    "updated_at": "2026-01-02T03:04:05Z",
    "approved_at": None,
}
ITEM, LEFT_OUT = ({"id": name, "title": {"en": f"About {name}"}, "text": {"en": "x"}} for name in ("one", "two"))
STORED = {
    "id": "0199",
    "state": "draft",
    "revision": 4,
    "list": "newsletter",
    "frequency": "monthly",
    "title": {"en": "Stored title", "fr": "Titre"},
    "introduction": {"en": "Stored words"},
    "items": [ITEM],
    "waiting": [LEFT_OUT],
    "content_by": ["somebody"],
    "deliveries": {},
    "in_doubt": [],
    "created_at": "2026-11-01T10:00:00+00:00",
    "sent_at": None,
}
WAITING = {
    **PUBLICATION,
    "state": "unpublished",
    "imported_by": "0200",
    "revision": 2,
    "updated_at": "2026-01-02T03:04:05Z",
    "items": [PARAGRAPH],
}
