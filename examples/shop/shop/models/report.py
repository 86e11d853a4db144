"""What the orders looked like at one moment."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from shop.models.base import Base, now


class Report(Base):
    """Counts over all orders; rows are only ever added."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    orders: Mapped[int]
    pending: Mapped[int]
    fulfilled: Mapped[int]
    expired: Mapped[int]
    revenue_cents: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)
