"""What screens need: one function, one named query, one frozen row."""
