"""E-mails to customers about their bookings: rendered, stored as rows, sent once."""
