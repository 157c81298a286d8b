-- Refuses holds, and entries of waiting lists, of clients that have as many as they may: a guest costs
-- nobody anything until places are taken for it. Entries count from the start, because places are held
-- for them as soon as there are some. No two commands of a group share a client.
CREATE OR REPLACE FUNCTION ledger_limit(
    commands ledger_command[], g ledger_group, at timestamptz)
RETURNS ledger_group LANGUAGE plpgsql AS $body$
DECLARE
    command ledger_command;
    limits ledger_client_limits;
    live record;
    places integer;
BEGIN
    -- Groups of several processes wait for each other, after the slots and in one order
    PERFORM pg_advisory_xact_lock(locks.key) FROM (
        SELECT DISTINCT hashtextextended((c.client_limits).client::text, 0) AS key
        FROM unnest(commands) c WHERE (c.client_limits).client IS NOT NULL ORDER BY 1) locks;
    FOR n IN 1 .. cardinality(commands) LOOP
        command := commands[n];
        limits := command.client_limits;
        CONTINUE WHEN limits.client IS NULL OR g.verdicts[n] IS NOT NULL;
        live := ledger_live(command.org_id, limits.client, (command.new_entry).slot_id, at);
        places := coalesce((command.new_entry).party,
            (SELECT sum(t.places) FROM unnest(command.takes) t));
        g.verdicts[n] := CASE
            WHEN command.kind = 'join_waiting_list' AND live.waits >= limits.waits_max THEN 'waits_already'
            WHEN live.holds >= limits.holds_max OR live.places + places > limits.places_max
                THEN 'too_many_holds' END;
        IF g.verdicts[n] = 'too_many_holds' THEN
            g.details[n] := jsonb_build_object('holds', live.holds, 'places', live.places,
                'retry_after_seconds', greatest(1, ceil(extract(epoch FROM live.ends_at - at)))::integer);
        END IF;
    END LOOP;
    RETURN g;
END;
$body$;

-- The holds and entries of a client: their number, their places, the end of the first hold (in a minute
-- when it has none), and its entries for one slot.
CREATE OR REPLACE FUNCTION ledger_live(
    org uuid, of_client uuid, slot uuid, at timestamptz,
    OUT holds integer, OUT places integer, OUT ends_at timestamptz, OUT waits integer)
LANGUAGE sql STABLE AS $body$
    SELECT count(*)::integer, coalesce(sum(one.places), 0)::integer,
        coalesce(min(one.expires_at), at + interval '1 minute'),
        (count(*) FILTER (WHERE one.waits_for = slot))::integer
    FROM (
        SELECT b.places * cardinality(b.slots) AS places, b.expires_at, NULL::uuid AS waits_for
        FROM booking b
        WHERE b.org_id = org AND b.client = of_client AND b.expires_at > at
        UNION ALL
        SELECT w.party, NULL, w.slot_id FROM waiting_list_entry w
        WHERE w.org_id = org AND w.client = of_client
    ) one
$body$;
