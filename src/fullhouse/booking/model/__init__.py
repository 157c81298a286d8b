"""Frozen values and functions of values: no clock, no database, no framework."""
