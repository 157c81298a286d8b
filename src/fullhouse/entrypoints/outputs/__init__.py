"""Response structs, shared by all entrypoints that answer programs."""
