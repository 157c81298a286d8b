"""One file a page: read the request, ask the reads or an action, show what came of it."""
