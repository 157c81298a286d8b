-- name: booking_note
-- What staff noted about a booking.
SELECT note, version FROM booking_note WHERE org_id = :org_id AND booking_id = :booking_id;

-- name: write_booking_note
-- Replaces the note of a booking as it was opened; no row when somebody else has changed it since.
INSERT INTO booking_note (org_id, booking_id, note)
VALUES (:org_id, :booking_id, :note)
ON CONFLICT (org_id, booking_id) DO UPDATE SET note = EXCLUDED.note, version = booking_note.version + 1
WHERE booking_note.version = :version
RETURNING version;
