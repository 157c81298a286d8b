"""Outages played on an installation of its own: what is lost, doubled or left while each lasts."""
