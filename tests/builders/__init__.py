"""Builders: they say only what the test is about, and fill in the rest."""
