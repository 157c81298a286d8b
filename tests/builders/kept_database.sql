-- What a kept database knows of itself: see kept_database.py.
CREATE SCHEMA kept;

CREATE TABLE kept.change (command text NOT NULL);

CREATE FUNCTION kept.note() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO kept.change VALUES (tg_tag);
END
$$;

-- The rows of a migrated database, which no test may change and leave.
CREATE TABLE kept.first_rows (place regclass, digest text);

CREATE FUNCTION kept.digest(place regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format('SELECT md5(string_agg(one::text, E''\n'' ORDER BY one::text)) FROM %s AS one', place)
    INTO result;
    RETURN result;
END
$$;

CREATE FUNCTION kept.tables() RETURNS SETOF regclass LANGUAGE sql AS $$
SELECT oid::regclass FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
$$;

INSERT INTO kept.first_rows SELECT place, kept.digest(place) FROM kept.tables() AS place;

CREATE TABLE kept.first_numbers AS
SELECT format('%I.%I', schemaname, sequencename) AS name, start_value, last_value FROM pg_sequences;

-- How it differs from a database without settings of its own.
CREATE FUNCTION kept.settings() RETURNS text LANGUAGE sql AS $$
SELECT concat_ws('|', datallowconn, datconnlimit, datacl,
    (SELECT string_agg(setconfig::text, ',') FROM pg_db_role_setting WHERE setdatabase = pg_database.oid),
    (SELECT count(*) FROM pg_largeobject_metadata),
    (SELECT count(*) FROM pg_index WHERE NOT indisvalid))
FROM pg_database WHERE datname = current_database()
$$;

-- Bring it back to what it was, but for the connections of these processes; false if that cannot be.
CREATE FUNCTION kept.reset(connections integer[], rows_max bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    place regclass;
    deleted bigint;
    total bigint := 0;
BEGIN
    IF NOT coalesce((
        SELECT bool_and(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend'
            AND pid <> pg_backend_pid() AND pid <> ALL (connections)
    ), true) THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM kept.change) OR kept.settings() <> (SELECT text FROM kept.first_settings)
    THEN
        RETURN false;
    END IF;
    SET LOCAL session_replication_role = replica;  -- neither triggers nor foreign keys
    FOR place IN SELECT kept.tables() EXCEPT SELECT first.place FROM kept.first_rows AS first LOOP
        EXECUTE format('DELETE FROM %s', place);
        GET DIAGNOSTICS deleted = ROW_COUNT;
        total := total + deleted;
    END LOOP;
    PERFORM setval(name::regclass, coalesce(last_value, start_value), last_value IS NOT NULL)
    FROM kept.first_numbers;
    RETURN total <= rows_max
        AND NOT EXISTS (SELECT FROM kept.first_rows AS first WHERE kept.digest(first.place) <> first.digest);
END
$$;

CREATE TABLE kept.first_settings AS SELECT kept.settings() AS text;

CREATE EVENT TRIGGER kept_note ON ddl_command_end EXECUTE FUNCTION kept.note();
CREATE EVENT TRIGGER kept_note_drop ON sql_drop EXECUTE FUNCTION kept.note();
-- Also for sessions that switch triggers off.
ALTER EVENT TRIGGER kept_note ENABLE ALWAYS;
ALTER EVENT TRIGGER kept_note_drop ENABLE ALWAYS;
