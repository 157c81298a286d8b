"""Metrics, log lines and the correlation id. Parts emit here; the judging parts stand above."""
