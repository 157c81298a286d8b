"""The database: embedded server, connection pool, transactions, schema, named queries."""
