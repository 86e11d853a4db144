"""What the shop sells."""

from enum import StrEnum


class Item(StrEnum):
    """The name is what a customer orders."""

    TEAPOT = "teapot"
    KETTLE = "kettle"
    CUP = "cup"


PRICE_CENTS = {Item.TEAPOT: 2400, Item.KETTLE: 3900, Item.CUP: 650}
