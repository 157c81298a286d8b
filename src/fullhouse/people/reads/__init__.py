"""What doors and other parts need to know about people: one function, one named query."""
