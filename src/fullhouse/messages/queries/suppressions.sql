-- name: suppressions_of
-- Why an address gets only what it needs.
SELECT reason, at FROM suppression WHERE org_id = :org_id AND address_id = :address_id ORDER BY reason;

-- name: suppress
-- From the first time on; of a bounce from the last.
INSERT INTO suppression (org_id, address_id, reason, at)
VALUES (:org_id, :address_id, :reason, :at)
ON CONFLICT (org_id, address_id, reason) DO UPDATE SET at = excluded.at
WHERE excluded.reason = 'bounced';

-- name: end_suppression
-- Whatever the reason was, for one of these.
DELETE FROM suppression WHERE org_id = :org_id AND address_id = :address_id AND reason = :reason;
