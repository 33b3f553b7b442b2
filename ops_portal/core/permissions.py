"""Who may do what: one table from roles to permissions; pages ask for permissions only."""

from enum import StrEnum


class Role(StrEnum):
    """Roles a membership can give (people-and-pages: People)."""

    AGENT = "agent"
    ACCOUNT_MANAGER = "account_manager"
    OPERATOR = "operator"
    FINANCE_CLERK = "finance_clerk"
    REPRESENTATIVE = "representative"
    ACCESS_OWNER = "access_owner"


class Permission(StrEnum):
    """`area:thing:action`, alphabetical."""

    API_TOKENS_MANAGE = "api:tokens:manage"
    AUDIT_READ = "provider:audit:read"
    BILLING_READ = "provider:billing:read"
    BILLING_RUN = "provider:billing:run"
    CALENDAR_MANAGE = "provider:calendar:manage"
    CARE_BILLING_READ = "care:billing:read"
    CARE_CONTRACT_END = "care:contract:end"
    CARE_CONTRACT_READ = "care:contract:read"
    CARE_HOME = "care:home:read"
    CARE_ORDERS_SIGN = "care:orders:sign"
    CARE_TICKETS_CONFIRM = "care:tickets:confirm"
    CARE_TICKETS_READ = "care:tickets:read"
    CARE_TICKETS_REPLY = "care:tickets:reply"
    CARE_TICKETS_REPORT = "care:tickets:report"
    CONTRACTS_MANAGE = "provider:contracts:manage"
    CONTRACTS_READ = "provider:contracts:read"
    CUSTOMERS_MANAGE = "provider:customers:manage"
    CUSTOMERS_READ = "provider:customers:read"
    DATA_EXPORT = "care:data:export"
    DELETIONS_APPROVE = "provider:deletions:approve"
    DELETIONS_REQUEST = "provider:deletions:request"
    DESCRIPTIONS_MANAGE = "provider:descriptions:manage"
    DESK_READ = "desk:tickets:read"
    DESK_WORK = "desk:tickets:work"
    IMPLEMENTATION_OVERRIDE = "provider:implementation:override"
    IMPLEMENTATION_WORK = "provider:implementation:work"
    IMPORTS_RUN = "provider:imports:run"
    INSIGHTS_READ = "care:insights:read"
    JOBS_MANAGE = "provider:jobs:manage"
    JOBS_READ = "provider:jobs:read"
    MEMBERS_MANAGE = "care:members:manage"
    MEMBERS_READ = "care:members:read"
    ORDERS_MANAGE = "provider:orders:manage"
    ORDERS_READ = "provider:orders:read"
    REGISTER_READ = "self:register:read"
    SELF = "self:account:use"
    STAFF_MANAGE = "provider:staff:manage"
    WORKS_MANAGE = "provider:works:manage"
    WORKS_READ = "provider:works:read"


P = Permission

PROVIDER_ROLES = frozenset(
    {Role.AGENT, Role.ACCOUNT_MANAGER, Role.OPERATOR, Role.FINANCE_CLERK},
)
CUSTOMER_ROLES = frozenset({Role.REPRESENTATIVE, Role.ACCESS_OWNER})

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.AGENT: frozenset(
        {
            P.SELF,
            P.DESK_READ,
            P.DESK_WORK,
            P.CUSTOMERS_READ,
            P.CONTRACTS_READ,
            P.WORKS_READ,
            P.API_TOKENS_MANAGE,
            P.ORDERS_READ,
            P.REGISTER_READ,
        },
    ),
    Role.ACCOUNT_MANAGER: frozenset(
        {
            P.SELF,
            P.DESK_READ,
            P.CUSTOMERS_READ,
            P.CUSTOMERS_MANAGE,
            P.CONTRACTS_READ,
            P.WORKS_READ,
            P.ORDERS_READ,
            P.ORDERS_MANAGE,
            P.IMPLEMENTATION_WORK,
            P.IMPLEMENTATION_OVERRIDE,
            P.CONTRACTS_MANAGE,
            P.BILLING_READ,
            P.DELETIONS_REQUEST,
            P.DELETIONS_APPROVE,
            P.REGISTER_READ,
            P.API_TOKENS_MANAGE,
        },
    ),
    Role.OPERATOR: frozenset(
        {
            P.SELF,
            P.DESK_READ,
            P.CUSTOMERS_READ,
            P.CUSTOMERS_MANAGE,
            P.CONTRACTS_READ,
            P.WORKS_READ,
            P.WORKS_MANAGE,
            P.CALENDAR_MANAGE,
            P.IMPORTS_RUN,
            P.JOBS_MANAGE,
            P.JOBS_READ,
            P.AUDIT_READ,
            P.STAFF_MANAGE,
            P.API_TOKENS_MANAGE,
            P.ORDERS_READ,
            P.IMPLEMENTATION_WORK,
            P.DESCRIPTIONS_MANAGE,
            P.DELETIONS_REQUEST,
            P.DELETIONS_APPROVE,
            P.REGISTER_READ,
        },
    ),
    Role.FINANCE_CLERK: frozenset(
        {
            P.SELF,
            P.CUSTOMERS_READ,
            P.CONTRACTS_READ,
            P.ORDERS_READ,
            P.BILLING_READ,
            P.BILLING_RUN,
            P.REGISTER_READ,
            P.API_TOKENS_MANAGE,
        }
    ),
    Role.REPRESENTATIVE: frozenset(
        {
            P.SELF,
            P.CARE_HOME,
            P.CARE_TICKETS_READ,
            P.CARE_TICKETS_REPORT,
            P.CARE_TICKETS_REPLY,
            P.CARE_TICKETS_CONFIRM,
            P.MEMBERS_READ,
            P.MEMBERS_MANAGE,
            P.API_TOKENS_MANAGE,
            P.CARE_CONTRACT_READ,
            P.CARE_CONTRACT_END,
            P.CARE_ORDERS_SIGN,
            P.CARE_BILLING_READ,
            P.DATA_EXPORT,
            P.REGISTER_READ,
        },
    ),
    Role.ACCESS_OWNER: frozenset(
        {
            P.SELF,
            P.CARE_HOME,
            P.INSIGHTS_READ,
            P.CARE_CONTRACT_READ,
            P.REGISTER_READ,
        }
    ),
}


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """Return the union of what the roles permit."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles))
