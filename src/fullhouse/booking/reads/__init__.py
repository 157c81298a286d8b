"""What screens and programs need to know: one function, one named query, one frozen row."""
