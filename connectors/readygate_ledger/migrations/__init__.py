"""How older ledgers become like the tables of today; read by alembic."""
