{% if scheduler %}
"""What the scheduler does: one file per job, with its TRIGGER and what to run()."""
{% endif %}
