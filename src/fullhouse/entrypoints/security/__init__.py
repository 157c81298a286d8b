"""Access control, the same for API and pages: principal, organisation, same origin, permission."""
