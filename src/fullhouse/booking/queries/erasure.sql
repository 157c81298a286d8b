-- name: coming_of_subjects
-- How many of these bookings are to come or under way, and of these waiting-list entries still wait.
SELECT (
        SELECT count(*) FROM booking
        WHERE org_id = :org_id AND booking_id = ANY (:subjects::uuid[])
            AND status IN ('held', 'confirmed', 'checked_in') AND ends_at > :now
    ) + (
        SELECT count(*) FROM waiting_list_entry
        WHERE org_id = :org_id AND entry_id = ANY (:subjects::uuid[]) AND status IN ('waiting', 'offered')
    ) AS coming;

-- name: erase_bookings
-- Takes the person out of bookings, which stay for the books; links given out end.
UPDATE booking
SET customer_name = '', customer_email = '', customer_phone = '', source = NULL, answers = NULL,
    version = version + 1, link_version = link_version + 1
WHERE org_id = :org_id AND booking_id = ANY (:subjects::uuid[]);

-- name: erase_booking_notes
-- Deletes what staff noted about bookings.
DELETE FROM booking_note WHERE org_id = :org_id AND booking_id = ANY (:subjects::uuid[]);

-- name: erase_waiting
-- Takes the person out of waiting-list entries that have ended.
UPDATE waiting_list_entry SET customer_name = '', customer_email = '', customer_phone = ''
WHERE org_id = :org_id AND entry_id = ANY (:subjects::uuid[]);

-- name: forget_sources
-- Where these bookings came from: it was the browser of somebody who has them no more.
UPDATE booking SET source = NULL
WHERE org_id = :org_id AND booking_id = ANY (:subjects::uuid[]) AND source IS NOT NULL;
