"""What a folder of the app holds: one file more is one part more."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType


def parts(package: str) -> Iterator[ModuleType]:
    """Import the modules of a package, in the order of their names."""
    folders = import_module(package).__path__
    for name in sorted(module.name for module in pkgutil.iter_modules(folders)):
        yield import_module(f"{package}.{name}")
