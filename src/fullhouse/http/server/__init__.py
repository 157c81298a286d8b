"""The server: connections and their bounds, and the root application that each request passes."""
