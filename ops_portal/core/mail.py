"""Mail: written to the outbox with the change, sent by the worker, each once.

The Message-ID is the outbox key, so that a mail that had to be sent again is known as the same.
Without a mail server (PORTAL_MAIL_URL) each mail is a file in the data folder.
"""

import os
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from ops_portal.core import outbox, private

TIMEOUT_S = 20
ABOUT = "X-Organisation"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Where mails go."""

    url: str
    folder: Path
    sender: str


_settings = MailSettings("", Path("data/mail"), "no-reply@localhost")


def use_settings(settings: MailSettings) -> None:
    """Set where mails of this process go; done once at assembly."""
    global _settings  # noqa: PLW0603 (one destination per process, set at assembly)
    _settings = settings


def put_mail(
    to: str, subject: str, body: str, *, customer_id: int, now: datetime, key: str
) -> None:
    """Write a mail in the caller's transaction; `key` makes it go out once."""
    outbox.put(
        "mail.send",
        {
            "to": to,
            "subject": one_line(subject),
            "body": body,
            "message_id": key,
            "about": customer_id,
        },
        customer_id=customer_id,
        now=now,
        key=f"mail:{key}",
    )


def one_line(value: str) -> str:
    """Return the text as one header line: no control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


@outbox.handler("mail.send", queue="mail")
def send_mail(
    *, to: str, subject: str, body: str, message_id: str, now: datetime, about: int = 0
) -> None:
    """Send one mail by SMTP, or write it as a file where no server is set.

    A file says which organisation it is about, so that it goes with that organisation's data.
    """
    message = EmailMessage()
    message["From"] = _settings.sender
    message["To"] = Address(addr_spec=to)
    message["Subject"] = one_line(subject)
    message["Date"] = now
    domain = parseaddr(_settings.sender)[1].rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<{message_id.replace(':', '.')}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    if _settings.url:
        _send_smtp(message)
    else:
        message[ABOUT] = str(about)
        _write_file(message, message_id)


def _send_smtp(message: EmailMessage) -> None:
    url = urlsplit(_settings.url)
    with _connect(url) as server:
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)


def _connect(url: SplitResult) -> smtplib.SMTP:
    host, port = url.hostname or "localhost", url.port or 0
    # smtplib checks certificates only when it is given a context
    trusted = ssl.create_default_context()
    if url.scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=trusted)
    server = smtplib.SMTP(host, port, timeout=TIMEOUT_S)
    if url.scheme == "smtp+starttls":
        server.starttls(context=trusted)
    return server


def _write_file(message: EmailMessage, message_id: str) -> None:
    private.folder(_settings.folder)
    name = "".join(c if c.isalnum() or c in "-." else "-" for c in message_id)
    partial = _settings.folder / f".{name}.part"
    private.write(partial, message.as_bytes())
    os.replace(partial, _settings.folder / f"{name}.eml")  # noqa: PTH105 (atomic on every system)
