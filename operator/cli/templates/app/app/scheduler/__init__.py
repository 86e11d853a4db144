{% if scheduler %}
"""The one process that does things because time passes. Never run two of it."""
{% endif %}
