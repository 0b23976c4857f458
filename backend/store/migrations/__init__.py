"""Schema history, applied by Alembic when the database is new or older than the program."""
