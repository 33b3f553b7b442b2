"""The mails that carry a link: the link is made when the mail goes out, and kept nowhere."""

from datetime import datetime

from ops_portal.accounts import notices, queries
from ops_portal.accounts.invitation_operations import renew_link
from ops_portal.accounts.models import Customer, User
from ops_portal.accounts.password_operations import make_reset_link
from ops_portal.accounts.secrets import hash_token
from ops_portal.core import outbox
from ops_portal.core.db import db
from ops_portal.core.mail import send_mail


@outbox.handler("accounts.send_invitation", queue="mail")
def send_invitation(*, invitation_id: int, now: datetime) -> None:
    """Send an invitation with a fresh link; nothing when it was used or revoked meanwhile."""
    found = renew_link(invitation_id, now=now)
    if found is None:
        return
    invitation, token = found
    customer = db.session.get_one(Customer, invitation.customer_id)
    known = queries.user_by_email(invitation.email)
    inviter = db.session.get(User, invitation.invited_by) if invitation.invited_by else None
    letter = notices.invitation_letter(
        invitation,
        customer,
        token,
        inviter=inviter.name if inviter else "",
        language=known.language if known else customer.language,
    )
    _send(letter, f"invitation:{invitation.id}", token, now)


@outbox.handler("accounts.send_reset", queue="mail")
def send_reset(*, email: str, now: datetime) -> None:
    """Send the link to a new password; nothing to an address without login."""
    found = make_reset_link(email, now=now)
    if found is not None:
        user, token = found
        _send(notices.reset_letter(user, token), f"reset:{user.id}", token, now)


@outbox.handler("accounts.send_password_changed", queue="mail")
def send_password_changed(*, user_id: int, now: datetime) -> None:
    """Tell somebody that the password was changed."""
    user = db.session.get_one(User, user_id)
    stamp = now.isoformat()
    _send(notices.password_changed_letter(user), f"password-changed:{user.id}", stamp, now)


def _send(letter: notices.Letter, kind: str, once: str, now: datetime) -> None:
    db.session.flush()
    key = f"{kind}:{hash_token(once)[:16]}"
    send_mail(to=letter.to, subject=letter.subject, body=letter.body, message_id=key, now=now)
