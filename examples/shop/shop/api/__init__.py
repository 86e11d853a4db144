"""The HTTP API, port 8000."""
