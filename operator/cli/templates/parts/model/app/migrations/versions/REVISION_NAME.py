"""Table {{ name }}."""

import sqlalchemy as sa
from alembic import op

revision = "{{ revision }}"
down_revision = {{ down_revision }}


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "{{ name }}",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("{{ name }}")
