"""The documentation of the API for people, served by the installation itself."""
