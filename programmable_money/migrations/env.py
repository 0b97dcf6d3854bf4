# SPDX-License-Identifier: EUPL-1.2
"""How alembic runs a revision: on the connection, and in the transaction, that ``edge.migrating`` opened."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    transactional_ddl=True,
)
context.run_migrations()
