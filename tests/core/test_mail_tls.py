"""A mail server is believed only with a certificate that holds; smtplib alone would not look."""

import smtplib
import ssl

import pytest

from ops_portal.core import mail
from ops_portal.core.clock import now
from ops_portal.core.mail import MailSettings, send_mail, use_settings


class Server:
    """Stands where a mail server would, and remembers how it was spoken to."""

    seen: list["Server"] = []  # noqa: RUF012 (emptied before each test)

    def __init__(self, host, port, *, timeout, context=None):
        self.address, self.timeout, self.context = (host, port), timeout, context
        self.login_as, self.sent = None, []
        Server.seen.append(self)

    def starttls(self, *, context):
        self.context = context

    def login(self, user, password):
        self.login_as = (user, password)

    def send_message(self, message):
        self.sent.append(message)

    def __enter__(self):
        return self

    def __exit__(self, *_problem):
        return None


@pytest.fixture(autouse=True)
def _servers(monkeypatch):
    Server.seen.clear()
    monkeypatch.setattr(smtplib, "SMTP", Server)
    monkeypatch.setattr(smtplib, "SMTP_SSL", Server)
    before = mail._settings
    yield
    use_settings(before)


def send(url, tmp_path):
    use_settings(MailSettings(url, tmp_path, "Desk <desk@example.org>"))
    send_mail(to="a@example.org", subject="S", body="B", message_id="m:1", now=now())
    (server,) = Server.seen
    return server


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_certificates_are_checked(tmp_path, scheme):
    server = send(f"{scheme}://us%40er:p%2Fw@mail.example.org:4650", tmp_path)
    assert server.address == ("mail.example.org", 4650)
    assert server.context.verify_mode is ssl.CERT_REQUIRED
    assert server.context.check_hostname
    assert server.login_as == ("us@er", "p/w")
    assert [m["Message-ID"] for m in server.sent] == ["<m.1@example.org>"]


def test_a_server_that_is_silent_is_not_waited_for(tmp_path):
    assert 0 < send("smtp://localhost:25", tmp_path).timeout <= 30
