"""Fullhouse: a booking engine that fills every place once and never twice."""
