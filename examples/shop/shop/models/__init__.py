"""The tables. Importing this package registers all of them."""

from shop.models.base import Base
from shop.models.order import Order, Status
from shop.models.report import Report
from shop.models.user import RefreshToken, Role, User

__all__ = ["Base", "Order", "RefreshToken", "Report", "Role", "Status", "User"]
