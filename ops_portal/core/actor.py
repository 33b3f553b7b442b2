"""Who acts: the plain value that operations, audit and queries receive."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ops_portal.core.errors import ForbiddenError
from ops_portal.core.permissions import Permission, Role


class ActorKind(StrEnum):
    """Which side of the contract the actor stands on."""

    PROVIDER = "provider"
    CUSTOMER = "customer"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, an API token or a job of ours, acting for one organisation."""

    kind: ActorKind
    name: str
    customer_id: int
    """The active organisation; for staff the provider itself."""
    user_id: int | None = None
    email: str = ""
    language: str = "en"
    zone: str = "Europe/Brussels"
    roles: frozenset[Role] = frozenset()
    permissions: frozenset[Permission] = frozenset()
    customer_name: str = ""
    organisations: tuple[tuple[int, str], ...] = ()
    """All organisations this login belongs to, `(id, name)`."""
    session_id: int | None = None
    token_id: int | None = None
    ip: str = ""
    request_id: str = ""
    has_shortcuts: bool = True
    staff_scope_at: datetime | None = None
    """When this session's reading across tenants was last audited."""

    @property
    def is_staff(self) -> bool:
        """Whether the actor works for the provider."""
        return self.kind is ActorKind.PROVIDER

    def can(self, permission: Permission) -> bool:
        """Whether the actor holds the permission."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise ForbiddenError unless the actor holds the permission."""
        if permission not in self.permissions:
            message = f"permission {permission} is needed"
            raise ForbiddenError(message)


def system_actor(name: str, provider_id: int) -> Actor:
    """Return the actor that stands for a job of the portal itself."""
    return Actor(kind=ActorKind.SYSTEM, name=name, customer_id=provider_id)
