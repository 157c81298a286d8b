"""Schedules, closures and the slots that follow from them: pure values and rules."""
