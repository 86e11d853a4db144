"""Accounts, logins, and whose an order is. The release before knows nothing of it and goes on."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add two tables and a column that may be empty."""
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
    with op.batch_alter_table("orders") as orders:
        orders.add_column(sa.Column("user_id", sa.Uuid))
        orders.create_foreign_key("fk_orders_user_id", "users", ["user_id"], ["id"])
        orders.create_index("ix_orders_user_id", ["user_id"])


def downgrade() -> None:
    """Forget the accounts."""
    with op.batch_alter_table("orders") as orders:
        orders.drop_index("ix_orders_user_id")
        orders.drop_constraint("fk_orders_user_id", type_="foreignkey")
        orders.drop_column("user_id")
    op.drop_table("refresh_tokens")
    op.drop_table("users")
