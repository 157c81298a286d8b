-- name: closed_reason
-- Why a time of a booking is closed, where it was closed after the booking was made. One that has left its
-- schedule keeps its guests; one that staff booked although it was closed takes place.
SELECT reason FROM slot
WHERE org_id = :org_id AND slot_id = ANY (CAST(:slot_ids AS uuid[])) AND state = 'closed'
    AND reason <> :off_schedule_reason
    AND :booked_at < off_schedule_since + interval '1 minute'
ORDER BY starts_at LIMIT 1;
