"""The pages that guests and staff see: rendered on the server, complete without JavaScript."""
