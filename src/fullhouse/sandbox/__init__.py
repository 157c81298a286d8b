"""Outside services to try against: they answer as documented, and fail on demand.

It knows no business: what Fullhouse sends is to it a request as from any other client.
"""
