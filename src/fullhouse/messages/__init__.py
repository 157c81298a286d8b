"""What we tell people: letters about their bookings, kept as rows, sent once each."""
