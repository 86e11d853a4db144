{% if database %}
"""The tables. Importing this package registers all of them."""

from app.models.base import Base
from app.models.note import Note
{% if auth %}
from app.models.user import RefreshToken, Role, User

__all__ = ["Base", "Note", "RefreshToken", "Role", "User"]
{% else %}

__all__ = ["Base", "Note"]
{% endif %}
{% endif %}
