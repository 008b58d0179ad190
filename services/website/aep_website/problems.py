"""What problem codes mean and what helps, for whoever follows the address in a problem document."""

from __future__ import annotations

from aep_website.dates import N_

EXPLAINED = {
    "not-found": N_("There is nothing at this address. It may have been removed; the lists show what there is."),
    "invalid-input": N_("A field is missing or has the wrong form. The problem names each field."),
    "not-json": N_("The body is not valid JSON, or its Content-Type is not application/json."),
    "unknown-parameter": N_("The list does not know one of the parameters; the problem names those that it knows."),
    "invalid-cursor": N_("The cursor belongs to another list, or to other filters. Begin with the first page."),
    "updated-since-too-old": N_("Removed records are remembered for 30 days. Read the whole list again."),
    "revision-outdated": N_("Somebody changed the record after you read it. Read it again, then repeat your change."),
    "sign-in-required": N_("This needs a valid token in the Authorization header, or a signed-in session."),
    "not-allowed": N_("You are known, but your roles do not allow this."),
    "sign-in-failed": N_("The link or code was used, is older than 30 minutes or never existed. Ask for a new one."),
    "session-ended": N_("The session has ended. Sign in again."),
    "update-state": N_("An update moves from draft to submitted to approved or returned; this step does not fit."),
    "own-update": N_("Nobody approves an update of her or his own; another officer does."),
    "issue-empty": N_("There is no approved update that an earlier issue does not hold."),
    "issue-state": N_("An issue moves from draft to approved to sent; this step does not fit its state."),
    "second-person-needed": N_("Whoever edited an issue last cannot approve it; another officer does."),
    "no-mailbox": N_("This installation sends through a mail server and has no built-in mailbox."),
    "confirmation-unknown": N_("The link is older than a week or never existed. Subscribe again to get a new one."),
    "subscription-unknown": N_("There is no such subscription; you may have left already."),
    "idempotency-key-reused": N_("The Idempotency-Key was used with another request. Draw a new one for each request."),
    "idempotency-key-in-use": N_("A request with this Idempotency-Key is under way. Wait for its answer."),
    "body-too-large": N_("The request is larger than this address accepts."),
    "deadline-exceeded": N_("The request took too long. Try again a little later."),
    "unavailable": N_("The service cannot answer now. Try again a little later; Retry-After says when."),
    "rights-not-ready": N_("What you may do is not known to the service yet. Try again after a few seconds."),
    "keys-not-ready": N_("The service has not received the keys that verify tokens. Try again after a few seconds."),
    "database-away": N_("The database of the service does not answer. Try again a little later."),
    "publication-text-changed": N_("A publication with this slug has another text. Say `replace` to change it."),
    "import-incomplete": N_("The importer would have lost a part of the text, so it imported nothing."),
    "report-since-unknown": N_("The report counts from a date or from a meeting; there is no such meeting."),
    "run-file-missing": N_("This run has no such file, or not yet. Read the run to see its state."),
    "internal": N_("Something unexpected happened. It was recorded under the request id in the problem."),
}  # fmt: skip
