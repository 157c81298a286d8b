"""The ledger: the one choke point through which all that takes or frees places must pass."""
