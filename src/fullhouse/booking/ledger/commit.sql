-- Commits a group of commands in one transaction: lock, expire holds, answer, limit, decide, write, notify.
-- Returns one verdict for each command, in the order of the batch; `outcome` only for one that was
-- stored before, since the caller has those of `new_outcomes`, which are stored as they come.
CREATE OR REPLACE FUNCTION ledger_commit(
    batch json, new_outcomes text[], at timestamptz, replay_window interval)
RETURNS TABLE (verdict text, details jsonb, outcome text)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
AS $body$
DECLARE
    commands ledger_command[];
    g ledger_group;
BEGIN
    SELECT coalesce(array_agg(c), '{}'),
        coalesce(bool_or(c.kind = 'create_booking'), false),
        coalesce(bool_or(c.kind = 'change_booking'), false),
        coalesce(bool_or(c.entry_status IS NOT NULL OR c.kind = 'join_waiting_list'), false),
        coalesce(bool_or((c.client_limits).client IS NOT NULL), false)
    INTO commands, g.has_creations, g.has_changes, g.has_entries, g.has_limits
    FROM json_populate_recordset(NULL::ledger_command, batch) c;
    g := ledger_lock(commands, g, at);
    IF g.has_holds THEN
        g := ledger_expire(g, at);
    END IF;
    g := ledger_answer(commands, g, at, replay_window);
    IF g.has_limits THEN
        g := ledger_limit(commands, g, at);
    END IF;
    g := ledger_decide(commands, g);
    PERFORM ledger_write(commands, new_outcomes, g, at);
    PERFORM ledger_notify(commands, g);
    RETURN QUERY SELECT v.verdict, v.details, v.outcome
    FROM unnest(g.verdicts, g.details, g.outcomes) AS v (verdict, details, outcome);
END;
$body$;
