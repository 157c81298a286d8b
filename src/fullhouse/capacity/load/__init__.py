"""Open-loop load: planned arrivals, and latency as the customer experiences it."""
