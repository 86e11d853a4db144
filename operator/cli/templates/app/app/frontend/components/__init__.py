{% if frontend %}
"""What several views show or do."""
{% endif %}
