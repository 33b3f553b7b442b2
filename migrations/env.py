"""Alembic's environment: the owner's connection, our metadata, a short lock time-out."""

from alembic import context
from sqlalchemy import create_engine, pool

import ops_portal.tables  # noqa: F401 (fills the metadata)
from ops_portal.core.db import Base


def run() -> None:
    """Run the migrations in one transaction each."""
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("SET lock_timeout = '3s'")
        connection.exec_driver_sql("SET statement_timeout = '10min'")
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            transaction_per_migration=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
