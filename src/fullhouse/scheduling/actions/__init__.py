"""One file, one verb, one transaction."""
