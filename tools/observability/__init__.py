"""Writes `deploy/observability`: rules, routes and dashboards of the tables that the product uses.

`make observability` writes the files; a test holds them to what would be written.
"""
