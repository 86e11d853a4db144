"""What the app does; nothing here knows of HTTP."""
