"""The composition root of notifications."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI

from aep_notifications.delivery.router import delivery_routes, sending_routes
from aep_notifications.delivery.sender import Sender
from aep_notifications.feeds.router import feed_routes
from aep_notifications.issues.router import router as issue_routes
from aep_notifications.mailbox import repository as mails_kept
from aep_notifications.mailbox import service as mailbox
from aep_notifications.settings import NotificationsSettings
from aep_notifications.subscriptions import repository as subscriptions
from aep_notifications.subscriptions.router import subscription_routes
from aep_shared.http.app import create_api
from aep_shared.http.fence_routes import fence_routes
from aep_shared.mail import Fence, MailSender, SmtpServer
from aep_shared.service.compose import compose
from aep_shared.service.platform import Platform
from aep_shared.settings import load


def build(environ: Mapping[str, str]) -> tuple[Platform, FastAPI]:
    """Notifications with everything it consists of.

    Raises `SettingsError`.
    """
    settings = load(NotificationsSettings, "notifications", environ)
    platform = compose("notifications", settings, forgets=(*subscriptions.FORGETS, *mails_kept.FORGETS))
    _add_mail(platform, settings)
    routers = [
        subscription_routes(settings.site_url),
        issue_routes,
        delivery_routes(settings.site_url),
        sending_routes(platform.checks.get("sender", _no_server)),
        fence_routes(Fence(platform.database, settings.installation)),
        feed_routes(settings.site_url, mailbox=settings.mailbox_port is not None),
    ]
    app = create_api(
        platform,
        routers,
        title="Notifications",
        description=("Subscriptions, newsletter issues, the feed of approved updates."),
    )
    return platform, app


async def _no_server() -> str:
    return "no mail server is set, so no newsletter is sent"


def _add_mail(platform: Platform, settings: NotificationsSettings) -> None:
    if settings.smtp_url:
        server = SmtpServer(settings.smtp_url)
        mails = MailSender(
            platform.database,
            "notifications",
            server,
            settings.mail_from,
            poll=settings.pause,
            installation=settings.installation,
        )
        platform.worker.jobs["mail"], platform.checks["mail"] = mails.run, mails.status
        sender = Sender(
            platform.database,
            server,
            settings.mail_from,
            settings.site_url,
            connections=settings.smtp_connections,
            timing=settings.timing,
            poll=settings.pause,
            installation=settings.installation,
        )
        platform.worker.jobs["sender"], platform.worker.leaders["sender"] = sender.run, sender.leadership
        platform.checks["sender"] = sender.status
    port = settings.mailbox_port
    if port is not None:
        platform.worker.jobs["mailbox"] = lambda: mailbox.listen(platform.database, settings.mailbox_host, port)
