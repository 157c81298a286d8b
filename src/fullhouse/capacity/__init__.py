"""How much can we carry: load made on purpose, and what it shows."""
