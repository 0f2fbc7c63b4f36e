"""Alembic's entry: runs the migrations on the connection `database.migrate` hands over, in one transaction."""

from alembic import context

from casework.persistence.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
