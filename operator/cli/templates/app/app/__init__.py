"""{{ name }}: an Aegis Stack app."""

NAME = "{{ name }}"
