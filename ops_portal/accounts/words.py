"""What roles and permissions are called, in the reader's language."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from ops_portal.core.permissions import Permission, Role

P = Permission

ROLES = {
    Role.AGENT: _l("Service Desk agent"),
    Role.ACCOUNT_MANAGER: _l("Account manager"),
    Role.OPERATOR: _l("Platform operator"),
    Role.FINANCE_CLERK: _l("Finance clerk"),
    Role.REPRESENTATIVE: _l("Authorised representative"),
    Role.ACCESS_OWNER: _l("Access Owner"),
}
ROLE_HELP = {
    Role.AGENT: _l("logs and works incidents, stops clocks, informs customers"),
    Role.ACCOUNT_MANAGER: _l("looks after customers and their contracts"),
    Role.OPERATOR: _l("runs the platform: works, imports, people, audit"),
    Role.FINANCE_CLERK: _l("reads customers and contracts for the monthly charges"),
    Role.REPRESENTATIVE: _l("reports and follows incidents, manages the people"),
    Role.ACCESS_OWNER: _l("sees the insights into the invoices"),
}
SCOPES = {
    P.API_TOKENS_MANAGE: _l("Manage tokens"),
    P.AUDIT_READ: _l("Read the audit log"),
    P.BILLING_READ: _l("Read invoices and charges"),
    P.BILLING_RUN: _l("Record payments"),
    P.CALENDAR_MANAGE: _l("Change holidays and closures"),
    P.CARE_BILLING_READ: _l("Read invoices and charges"),
    P.CARE_CONTRACT_END: _l("Give notice, and withdraw it"),
    P.CARE_CONTRACT_READ: _l("Read contracts"),
    P.CARE_HOME: _l("Read the overview"),
    P.CARE_ORDERS_SIGN: _l("Read orders"),
    P.CARE_TICKETS_CONFIRM: _l("Confirm or reopen a resolution"),
    P.CARE_TICKETS_READ: _l("Read incidents"),
    P.CARE_TICKETS_REPLY: _l("Reply to incidents"),
    P.CARE_TICKETS_REPORT: _l("Report incidents"),
    P.CONTRACTS_MANAGE: _l("Give notice, and withdraw it"),
    P.CONTRACTS_READ: _l("Read contracts"),
    P.CUSTOMERS_MANAGE: _l("Add and change customers"),
    P.CUSTOMERS_READ: _l("Read customers"),
    P.DESK_READ: _l("Read the desk"),
    P.DESK_WORK: _l("Work on incidents"),
    P.IMPORTS_RUN: _l("Run imports"),
    P.INSIGHTS_READ: _l("Read the insights"),
    P.JOBS_MANAGE: _l("Run jobs again"),
    P.JOBS_READ: _l("Read the state of operations"),
    P.MEMBERS_MANAGE: _l("Manage people"),
    P.MEMBERS_READ: _l("Read people"),
    P.ORDERS_MANAGE: _l("Draft and offer orders"),
    P.ORDERS_READ: _l("Read orders"),
    P.SELF: _l("Use the own account"),
    P.STAFF_MANAGE: _l("Manage staff"),
    P.WORKS_MANAGE: _l("Change planned works"),
    P.WORKS_READ: _l("Read planned works"),
}
DEVICES = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def role_word(role: Role) -> str:
    """Return what a role is called."""
    return str(ROLES[role])


def device_words(user_agent: str) -> str:
    """Return a browser in words: `Firefox on Windows`."""
    browser = next((word for mark, word in DEVICES if mark in user_agent), "")
    system = next((word for mark, word in SYSTEMS if mark in user_agent), "")
    if browser and system:
        return str(gettext("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(gettext("Unknown device"))
