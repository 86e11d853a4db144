{% if frontend %}
"""What people see: views, the components that they share, and the routes to them."""
{% endif %}
