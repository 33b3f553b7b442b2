"""The mails about logins: each in its receiver's language, plain text, with one link at most.

Links are made and sent in one go and never stored: what lies in the database opens nothing.
"""

from dataclasses import dataclass

from flask import current_app, render_template
from flask_babel import gettext as _

from ops_portal.accounts.models import Customer, Invitation, User
from ops_portal.accounts.words import role_word
from ops_portal.core.config import Config
from ops_portal.core.permissions import Role
from ops_portal.web.languages import speaking_to

ZONE = "Europe/Brussels"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to be sent."""

    to: str
    subject: str
    body: str


def invitation_letter(
    invitation: Invitation, customer: Customer, token: str, *, inviter: str, language: str
) -> Letter:
    """Invite somebody to an organisation."""
    with speaking_to(language, customer.zone):
        subject = _("Your access to %(organisation)s on the portal", organisation=customer.name)
        body = _body(
            "emails/invitation.txt",
            invitation=invitation,
            customer=customer,
            inviter=inviter,
            role=role_word(Role(invitation.role)),
            link=_address("accounts.accept_invitation", token=token),
        )
    return Letter(invitation.email, subject, body)


def reset_letter(user: User, token: str) -> Letter:
    """Send somebody the link to a new password."""
    with speaking_to(user.language, ZONE):
        link = _address("accounts.reset_password", token=token)
        body = _body("emails/password_reset.txt", user=user, link=link)
        return Letter(user.email, _("Choose a new password"), body)


def password_changed_letter(user: User) -> Letter:
    """Tell somebody that the password was changed, in case it was somebody else."""
    with speaking_to(user.language, ZONE):
        link = _address("accounts.forgot_password")
        body = _body("emails/password_changed.txt", user=user, link=link)
        return Letter(user.email, _("Your password was changed"), body)


def _body(template: str, **values: object) -> str:
    text = render_template(template, config=_config(), **values)
    return text.strip() + "\n"


def _address(endpoint: str, **values: str) -> str:
    # from the setting and never from the request: a forged Host header must not get into a mail
    return _config().base_url + current_app.url_map.bind("").build(endpoint, values)


def _config() -> Config:
    config: Config = current_app.extensions["portal.config"]
    return config
