"""Mail: each once, in one line where one line is due, as a file where there is no server."""

import email
import stat
from email import policy

import pytest

from ops_portal.accounts.queries import provider_id
from ops_portal.core import mail, outbox
from ops_portal.core.db import db
from ops_portal.core.outbox import OutboxJob
from tests.factories import MONDAY
from tests.portal import acting


def put(key="m1", subject="Hello", to="claire@example.org"):
    mail.put_mail(
        to, subject, "Line one\nLigne deux é", customer_id=provider_id(), now=MONDAY, key=key
    )


def send_all(app):
    with acting(app) as session:
        found = session.query(OutboxJob.id).all()
    with app.app_context():
        for (job_id,) in found:
            outbox.run(job_id, MONDAY)


def sent(app):
    folder = app.extensions["portal.config"].data / "mail"
    return [
        email.message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted(folder.glob("*.eml"))
    ]


@pytest.fixture(autouse=True)
def _into_this_folder(app):
    config = app.extensions["portal.config"]
    mail.use_settings(mail.MailSettings("", config.data / "mail", config.mail_from))


def test_a_mail_is_written_once_and_sent_once(app):
    with acting(app):
        put()
        put()
    send_all(app)
    send_all(app)
    (message,) = sent(app)
    assert message["To"] == "claire@example.org"
    assert message.get_content() == "Line one\nLigne deux é\n"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "m1" in message["Message-ID"]


def test_a_subject_cannot_bring_its_own_headers(app):
    with acting(app):
        put(subject="Hello\r\nBcc: everybody@example.org")
    send_all(app)
    (message,) = sent(app)
    assert message["Bcc"] is None
    assert message["Subject"] == "Hello Bcc: everybody@example.org"


def test_a_file_cannot_leave_its_folder(app):
    with acting(app):
        put(key="../../etc/passwd")
    send_all(app)
    folder = app.extensions["portal.config"].data / "mail"
    assert [p.parent for p in folder.parent.rglob("*.eml")] == [folder]


def test_only_the_portals_user_can_read_a_mail(app):
    folder = app.extensions["portal.config"].data / "mail"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    with acting(app):
        put()
    send_all(app)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.eml")} == {0o600}


def test_an_address_that_is_none_is_given_up_and_not_sent(app):
    with acting(app):
        put(to="nobody")
    send_all(app)
    assert sent(app) == []
    with acting(app):
        assert db.session.query(OutboxJob.last_error).scalar()
