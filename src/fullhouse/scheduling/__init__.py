"""When things take place: schedules, recurrence, closures, calendar files and slot planning."""
