"""The siege: attacks on an installation of its own, and what an honest guest notices of them."""
