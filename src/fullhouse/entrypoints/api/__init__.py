"""The API over HTTP for developers and for our own pages: one file a resource."""
