-- name: operating_mode
-- The mode that was set, with the seconds for which it still lasts; no row when everything works.
-- Scope: installation. All its businesses have one mode.
SELECT mode, reason, extract(epoch FROM ends_at - clock_timestamp())::float8 AS seconds_left
FROM operating_mode
WHERE ends_at IS NULL OR ends_at > clock_timestamp();

-- name: set_operating_mode
-- Sets the mode, for some seconds or until it is set again.
-- Scope: installation. All its businesses have one mode.
INSERT INTO operating_mode (mode, reason, ends_at)
VALUES (:mode, :reason, clock_timestamp() + make_interval(secs => :seconds_left::float8))
ON CONFLICT (is_the_only) DO UPDATE
SET mode = excluded.mode, reason = excluded.reason, ends_at = excluded.ends_at,
    changed_at = clock_timestamp();
