-- The zone of a venue, or UTC where this PostgreSQL does not know it: restored to a server with an older copy of the tz
-- database, a business whose zone is new must not stop a statement that works for several.
CREATE OR REPLACE FUNCTION zone_or_utc(zone text)
RETURNS text LANGUAGE plpgsql STABLE AS $body$
BEGIN
    PERFORM now() AT TIME ZONE zone;
    RETURN zone;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN 'UTC';
END;
$body$;
