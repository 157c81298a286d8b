"""Customers: whom bookings and waiting lists are about, what they agreed to, and their rights."""
