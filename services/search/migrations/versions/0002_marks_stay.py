"""A mark stays when the index has caught up, with the moment of that or the reason of a refusal."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE index_marks ADD COLUMN indexed_at timestamptz, ADD COLUMN refused text")
    op.execute("DROP INDEX index_marks_in_order")
    op.execute("CREATE INDEX index_marks_waiting ON index_marks (mark) WHERE indexed_at IS NULL AND refused IS NULL")
