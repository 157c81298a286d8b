-- Decides the commands that are not answered yet, in order of arrival, against the running remainder of
-- the locked slots: all takes of a command, or none. A refused change keeps the places that it has.
CREATE OR REPLACE FUNCTION ledger_decide(commands ledger_command[], g ledger_group)
RETURNS ledger_group LANGUAGE plpgsql AS $body$
DECLARE
    command ledger_command;
    current slot_allocation;
    take ledger_take;
    free integer[] := g.free;
    free_before integer[];
    verdicts text[] := g.verdicts;
    verdict text; i integer;
BEGIN
    FOR n IN 1 .. cardinality(commands) LOOP
        CONTINUE WHEN verdicts[n] IS NOT NULL;
        command := commands[n];
        free_before := free;
        verdict := 'done';
        IF command.releases_current THEN
            FOR current IN SELECT * FROM slot_allocation a
                WHERE a.org_id = command.org_id AND a.booking_id = command.aggregate_id LOOP
                i := array_position(g.slot_ids, current.slot_id);
                free[i] := free[i] + current.places;
            END LOOP;
        END IF;
        FOREACH take IN ARRAY coalesce(command.takes, '{}') LOOP
            i := array_position(g.slot_ids, take.slot_id);
            verdict := CASE
                WHEN i IS NULL OR g.slot_orgs[i] <> command.org_id THEN 'unknown_slot'
                WHEN command.expected_capacity <> g.capacities[i] THEN 'stale'
                WHEN command.capacity < g.capacities[i] - free[i] THEN 'below_sold'
                WHEN (take.places > 0 OR command.kind = 'join_waiting_list')
                    AND g.slot_states[i] <> 'open' AND command.ignore_closed IS NOT TRUE THEN 'slot_closed'
                WHEN take.places > free[i] THEN 'slot_full'
                ELSE 'done' END;
            IF verdict <> 'done' THEN
                g.details[n] := ledger_refusal_details(verdict, take.slot_id,
                    g.slot_reasons[i], g.capacities[i] - free[i], free[i]);
                free := free_before;
                EXIT;
            END IF;
            free[i] := free[i] - take.places + coalesce(command.capacity - g.capacities[i], 0);
        END LOOP;
        verdicts[n] := verdict;
        IF verdict = 'done' THEN
            g.done := g.done || n;
        END IF;
    END LOOP;
    g.verdicts := verdicts;
    RETURN g;
END;
$body$;

-- What a refusal is reported with: the slot, and the number or reason that decided.
CREATE OR REPLACE FUNCTION ledger_refusal_details(
    verdict text, slot uuid, reason text, sold integer, remaining integer)
RETURNS jsonb LANGUAGE sql IMMUTABLE AS $body$
    SELECT CASE verdict
        WHEN 'below_sold' THEN jsonb_build_object('slot', slot, 'sold', sold)
        WHEN 'slot_closed' THEN jsonb_build_object('slot', slot, 'reason', reason)
        WHEN 'slot_full' THEN jsonb_build_object('slot', slot, 'remaining', remaining)
        ELSE jsonb_build_object('slot', slot) END
$body$;
