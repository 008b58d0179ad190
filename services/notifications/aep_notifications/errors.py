"""Expected failures of notifications."""

from __future__ import annotations

from aep_shared.errors import Conflict, InvalidInput, NotFound


class ConfirmationUnknown(NotFound):
    """This confirmation link has expired or was never sent; subscribe again to get a new one."""

    code = "confirmation-unknown"


class SubscriptionUnknown(NotFound):
    """There is no such subscription."""

    code = "subscription-unknown"


class UnknownList(InvalidInput):
    """There is no such list."""

    code = "list-unknown"


class NothingToReport(Conflict):
    """There is no approved update that an earlier issue does not hold; an issue is never empty."""

    code = "issue-empty"


class WrongIssueState(Conflict):
    """The issue is not in a state that allows this."""

    code = "issue-state"


class SecondPersonNeeded(Conflict):
    """An issue is approved by somebody who had no hand in its words or in the choice of its updates."""

    code = "second-person-needed"


class DeliveryUnknown(NotFound):
    """This issue has no delivery to that subscriber."""

    code = "delivery-unknown"


class WrongDeliveryState(Conflict):
    """The delivery is not in a state that allows this."""

    code = "delivery-state"


class MailUnknown(NotFound):
    """There is no such mail in the mailbox."""

    code = "mail-unknown"


class NoMailbox(NotFound):
    """This installation sends through an SMTP server and has no built-in mailbox."""

    code = "no-mailbox"
