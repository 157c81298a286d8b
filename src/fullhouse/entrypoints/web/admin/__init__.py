"""Admin pages built from blocks: a resource declares its list, detail and form."""
