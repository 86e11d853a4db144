"""Routes, their shapes and their mistakes; what the app does is in services."""
