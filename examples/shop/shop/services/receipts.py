"""The receipt a customer gets, signed so that nobody else can write one."""

import hmac

from shop.models import Order

WIDTH = 32


def render(order: Order, key: str) -> str:
    """Lay the receipt out as text, signature last."""
    body = "\n".join(
        [
            "SHOP".center(WIDTH).rstrip(),
            _line("order", str(order.id)[:8]),
            _line(f"{order.quantity} x {order.item}", euros(order.total_cents or 0)),
        ]
    )
    return f"{body}\n{_line('signed', sign(body, key))}"


def sign(body: str, key: str) -> str:
    """Return a short keyed digest of the text."""
    return hmac.digest(key.encode(), body.encode(), "sha256").hex()[:16]


def euros(cents: int) -> str:
    """Write an amount the way people do."""
    return f"{cents // 100}.{cents % 100:02} EUR"


def _line(left: str, right: str) -> str:
    return left + right.rjust(WIDTH - len(left))
