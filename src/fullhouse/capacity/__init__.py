"""Capacity: load scenarios, and the benchmark."""
