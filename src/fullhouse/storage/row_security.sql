-- The second wall between organisations: row-level security, applied to every table that has `org_id`.
-- Run by every migration, so that a new table has it without anybody's doing. It may run again.
--
-- `fullhouse_tenant` owns nothing. A connection in that role sees and writes only rows of the organisation that
-- `fullhouse.organisation` names, and none while the setting is empty.
DO $body$
DECLARE
    name text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fullhouse_tenant') THEN
        BEGIN
            CREATE ROLE fullhouse_tenant NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database of this server was migrated at the same moment
        END;
    END IF;
    IF NOT pg_has_role(current_user, 'fullhouse_tenant', 'USAGE') THEN
        EXECUTE format('GRANT fullhouse_tenant TO %I', current_user);
    END IF;
    IF NOT has_schema_privilege('fullhouse_tenant', current_schema(), 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO fullhouse_tenant', current_schema());
    END IF;

    FOR name IN
        SELECT relname FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
        ORDER BY relname
    LOOP
        IF has_table_privilege('fullhouse_tenant', name::regclass, 'SELECT') THEN CONTINUE; END IF;
        -- What only the worker and migrations write, and history, which nobody rewrites
        IF name IN ('schema_migration', 'relay_cursor', 'recurring_job', 'installation') THEN
            EXECUTE format('GRANT SELECT ON %I TO fullhouse_tenant', name);
        ELSIF name = 'event' THEN
            EXECUTE format('GRANT SELECT, INSERT ON %I TO fullhouse_tenant', name);
        ELSE
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO fullhouse_tenant', name);
        END IF;
    END LOOP;

    FOR name IN
        SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'org_id'
        WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relrowsecurity
        ORDER BY relname
    LOOP
        EXECUTE format('DROP POLICY IF EXISTS rows_of_organisation ON %I', name);
        EXECUTE format(
            $policy$
            CREATE POLICY rows_of_organisation ON %I
                USING (org_id = nullif(current_setting('fullhouse.organisation', true), '')::uuid)
            $policy$, name
        );
        -- Which businesses there are is public
        IF name = 'organisation' THEN
            DROP POLICY IF EXISTS directory_is_public ON organisation;
            CREATE POLICY directory_is_public ON organisation FOR SELECT USING (true);
        END IF;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    END LOOP;
END;
$body$;
