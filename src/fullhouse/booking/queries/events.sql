-- name: events_of_organisation
-- An organisation's events of these kinds behind one position, up to another, in commit order; with
-- the reference where the subject is a booking.
SELECT seq, xid, kind, subject, data AS payload, actor, correlation_id, at, (
        SELECT ref FROM booking
        WHERE booking.org_id = event.org_id AND booking.booking_id = event.subject
    ) AS ref
FROM event
WHERE (xid, seq) > (:xid::xid8, :seq::bigint)
    AND (xid, seq) <= (:to_xid::xid8, :to_seq::bigint)
    AND org_id = :org_id AND kind = ANY (:kinds)
ORDER BY xid, seq
LIMIT :limit;
