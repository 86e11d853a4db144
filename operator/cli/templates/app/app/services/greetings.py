"""Greetings."""


def greeting(name: str) -> str:
    """Greet somebody."""
    return f"Hello, {name}!"
