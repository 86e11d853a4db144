"""{{ title }}."""

from alembic import op

revision = "{{ revision }}"
down_revision = {{ down_revision }}


def upgrade() -> None:
    """Go to the next schema; what runs meanwhile knows the one before."""
    op.execute("SELECT 1")


def downgrade() -> None:
    """Go back."""
    op.execute("SELECT 1")
