"""{{ title }}."""


async def describe(name: str) -> str:
    """Say which of {{ words }} it is."""
    return f"{{ words }}: {name}"
