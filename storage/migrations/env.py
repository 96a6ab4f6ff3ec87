"""What Alembic runs for a migration: on the connection and in the transaction that `migrate` hands it."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
