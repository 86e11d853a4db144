{% if workers %}
"""One file per queue; a worker process serves exactly one of them."""
{% endif %}
