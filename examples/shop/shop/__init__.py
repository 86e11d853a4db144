"""A small shop. Nothing is imported here: each role pays only for what it uses."""

import os

# Installed plugins would be loaded with the first model: Logfire, in processes that never use it.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
