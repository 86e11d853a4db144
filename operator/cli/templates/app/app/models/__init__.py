{% if database %}
"""The tables. Importing this package registers those of all its files."""

from app.models.base import Base
from app.models.note import Note
{% if auth %}
from app.models.user import RefreshToken, Role, User
{% endif %}
from app.parts import parts

__all__ = ["Base", "Note"{% if auth %}, "RefreshToken", "Role", "User"{% endif %}]
TABLES = list(parts(__name__))
{% endif %}
