"""One file, one verb, one transaction; each writes its fact with its change."""
