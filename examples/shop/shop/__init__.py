"""A small shop. Nothing is imported here: each role pays only for what it uses."""
