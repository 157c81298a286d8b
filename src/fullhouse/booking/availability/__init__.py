"""Availability: the slots that can still be booked, cached by offering and day."""
