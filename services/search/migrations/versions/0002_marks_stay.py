"""A mark stays when the index has caught up, with the moment of that: so it can be told when something was indexed."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE index_marks ADD COLUMN indexed_at timestamptz")
    op.execute("DROP INDEX index_marks_in_order")
    op.execute("CREATE INDEX index_marks_waiting ON index_marks (mark) WHERE indexed_at IS NULL")
