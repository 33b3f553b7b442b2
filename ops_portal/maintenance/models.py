"""Tables of planned works."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.core.db import Base, IdMixin
from ops_portal.core.tenancy import TenantMixin


class PlannedWork(IdMixin, Base):
    """Works as announced; the announced end is what the clocks go by (MNT-3)."""

    __tablename__ = "planned_works"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="order"),)

    title: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    is_interrupting: Mapped[bool] = mapped_column(default=True)
    announced_at: Mapped[datetime]
    announced_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    cancelled_at: Mapped[datetime | None]
    description: Mapped[str] = mapped_column(default="")
    """What customers read in the notice (MNT-2)."""
    is_outside_confirmed: Mapped[bool] = mapped_column(default=False)
    """Whether the warning about times outside the planned-works window was confirmed (MNT-1)."""
    cancel_reason: Mapped[str] = mapped_column(default="")
    revision: Mapped[int] = mapped_column(default=1)
    """Grows with each extension and the cancellation, so that clocks can follow."""


class WorkExtension(IdMixin, Base):
    """A later end, announced before the earlier one had come."""

    __tablename__ = "work_extensions"
    __table_args__ = (Index("ix_work_extensions_work_id", "work_id"),)

    work_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("planned_works.id"))
    from_end: Mapped[datetime]
    to_end: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))


class AffectedElement(TenantMixin, Base):
    """A solution element that planned works touch."""

    __tablename__ = "affected_elements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["customer_id", "element_id"], ["solution_elements.customer_id", "solution_elements.id"]
        ),
        Index("ix_affected_elements_customer_id_element_id", "customer_id", "element_id"),
    )

    work_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("planned_works.id"), primary_key=True
    )
    element_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
