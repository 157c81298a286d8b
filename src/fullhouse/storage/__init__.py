"""The database: embedded server, pool and gate, transactions, migrations, named queries."""
