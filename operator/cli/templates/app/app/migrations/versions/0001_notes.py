{% if database %}
"""{% if auth %}Accounts, logins and notes{% else %}Notes{% endif %}."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
{% if auth %}
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.String(254), nullable=False, unique=True),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("login", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_refresh_tokens_login", "refresh_tokens", ["login"])
    op.create_index("ix_refresh_tokens_user_id", "refresh_tokens", ["user_id"])
{% endif %}
    op.create_table(
        "notes",
        sa.Column("id", sa.Uuid, primary_key=True),
{% if auth %}
        sa.Column("user_id", sa.Uuid, sa.ForeignKey("users.id"), nullable=False),
{% endif %}
        sa.Column("text", sa.String, nullable=False),
{% if workers %}
        sa.Column("words", sa.Integer),
{% endif %}
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
{% if auth %}
    op.create_index("ix_notes_user_id", "notes", ["user_id"])
{% endif %}


def downgrade() -> None:
    """Drop them."""
    op.drop_table("notes")
{% if auth %}
    op.drop_table("refresh_tokens")
    op.drop_table("users")
{% endif %}
{% endif %}
