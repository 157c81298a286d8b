"""Request structs and parsing, shared by all entrypoints that take input from people."""
