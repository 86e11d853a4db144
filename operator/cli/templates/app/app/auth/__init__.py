{% if auth %}
"""Who asks: passwords, tokens and their keys. Off until the JWT_* variables are set."""
{% endif %}
