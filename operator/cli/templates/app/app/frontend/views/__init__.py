{% if frontend %}
"""One file per page: its PATH, the text of its LINK, and the View that is shown there."""

from app.parts import parts

VIEWS = list(parts(__name__))
{% endif %}
