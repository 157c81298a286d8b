"""Telling: metrics, log lines and the correlation id. Emit only; who judges them sits above."""
