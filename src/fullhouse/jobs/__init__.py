"""Later: the event relay, the job queue with keyed effects, schedules, and their upkeep."""
