"""The tables. Importing this package registers all of them."""

from shop.models.base import Base
from shop.models.order import Order, Status
from shop.models.report import Report

__all__ = ["Base", "Order", "Report", "Status"]
