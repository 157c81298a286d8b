"""Upkeep of bookings: recurring jobs and consistency rules."""
