"""Others' services, each behind the port of the part that needs it."""
