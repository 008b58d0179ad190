"""Words of the process's vocabularies for people. A word that is not known here is shown as it is."""

from __future__ import annotations

from collections.abc import Callable

from aep_website.dates import N_

TYPES = {
    "paragraph": N_("Paragraphs"),
    "publication": N_("Publications"),
    "initiative": N_("Initiatives"),
    "update": N_("Updates"),
    "meeting": N_("Meetings"),
    "partner": N_("Partners"),
    "organisation": N_("Organisations"),
    "group": N_("Groups"),
}
TYPE = {
    "paragraph": N_("Paragraph"),
    "publication": N_("Publication"),
    "initiative": N_("Initiative"),
    "update": N_("Update"),
    "meeting": N_("Meeting"),
    "partner": N_("Partner"),
    "organisation": N_("Organisation"),
    "group": N_("Group"),
}
WORDS = {
    "asemme": N_("ministers’ meeting"),
    "isom": N_("intermediate senior officials’ meeting"),
    "som": N_("senior officials’ meeting"),
    "summit": N_("summit"),
    "seminar": N_("seminar"),
    "forum": N_("forum"),
    "conclusions": N_("conclusions"),
    "strategy": N_("strategy"),
    "declaration": N_("declaration"),
    "planned": N_("planned"),
    "running": N_("running"),
    "completed": N_("completed"),
    "unknown": N_("status not known"),
    "proposed": N_("proposed"),
    "paused": N_("paused"),
    "ended": N_("ended"),
    "described": N_("described"),
    "asked": N_("asked for"),
    "on-site": N_("on site"),
    "online": N_("online"),
    "hybrid": N_("on site and online"),
    "confirmed": N_("confirmed"),
    "postponed": N_("postponed"),
    "cancelled": N_("cancelled"),
    "announced": N_("announced"),
    "carried-out": N_("carried out"),
    "draft": N_("draft"),
    "adopted": N_("adopted"),
    "submitted": N_("submitted"),
    "returned": N_("returned"),
    "approved": N_("approved"),
    "withdrawn": N_("withdrawn"),
    "sending": N_("sending"),
    "sent": N_("sent"),
    "stopped": N_("stopped"),
    "queued": N_("queued"),
    "in-doubt": N_("in doubt"),
    "committed": N_("under way"),
    "accepted": N_("accepted by the mail server"),
    "refused": N_("refused by the mail server"),
    "dropped": N_("nothing left for this reader"),
    "left": N_("left as it is"),
    "progress": N_("progress"),
    "event": N_("event"),
    "publication": N_("publication"),
    "good-practice": N_("good practice"),
    "news": N_("news"),
    "initiative": N_("initiative"),
    "programme": N_("programme"),
    "edition": N_("edition"),
    "project": N_("project"),
    "pilot": N_("pilot"),
    "network": N_("network"),
    "country": N_("country"),
    "institution": N_("institution"),
    "community": N_("community"),
    "stakeholder": N_("stakeholder"),
    "supporting-body": N_("supporting body"),
    "secretariat": N_("secretariat"),
    "asia": N_("Asia"),
    "europe": N_("Europe"),
    "weekly": N_("weekly"),
    "monthly": N_("monthly"),
    "officer": N_("officer"),
    "deputy": N_("deputy"),
    "editor": N_("editor"),
    "coordinator": N_("coordinator"),
    "focal-point": N_("focal point"),
    "operator": N_("operator"),
}

MEMBERSHIP = {
    "invited": N_("invited"),
    "interest-expressed": N_("has expressed interest"),
    "nominated": N_("nominated"),
    "suspended": N_("suspended"),
    "left": N_("has left"),
}
"""How a body stands to a group that it is not simply a member of."""


def membership(state: str, translate: Callable[[str], str]) -> str:
    """How a body stands to a group, in the reader's language."""
    return translate(MEMBERSHIP[state]) if state in MEMBERSHIP else label(state, translate)


def label(word: str | None, translate: Callable[[str], str]) -> str:
    """A word of a vocabulary in the reader's language."""
    if not word:
        return ""
    return translate(WORDS[word]) if word in WORDS else word.replace("-", " ")
