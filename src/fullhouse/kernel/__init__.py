"""Values that every part shares: clock, ids, money, spans of time and errors. Pure."""
