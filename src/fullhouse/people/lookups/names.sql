-- What people are called, and how those who look for them spell it.

-- The account or API key that acted, as events and other rows name it: `account:<id>` or `key:<id>`. Used in a FROM
-- clause, where the planner puts the look-ups by key in its place.
CREATE OR REPLACE FUNCTION actor_names(org uuid, acted text)
RETURNS TABLE (name text) LANGUAGE sql STABLE AS $body$
    SELECT coalesce(nullif(account.name, ''), account.email) FROM account
    WHERE account.account_id = CASE split_part(acted, ':', 1)
        WHEN 'account' THEN CAST(split_part(acted, ':', 2) AS uuid) END
    UNION ALL
    SELECT api_key.name FROM api_key
    WHERE api_key.org_id = org AND api_key.key_id = CASE split_part(acted, ':', 1)
        WHEN 'key' THEN CAST(split_part(acted, ':', 2) AS uuid) END;
$body$;

-- A name beyond ASCII without accents, with umlauts as two letters and as one: `mueller muller` of `Müller`. Searches
-- compare texts as `people.model.spelling` writes them. Composed first, so that both forms of Unicode are one.
CREATE OR REPLACE FUNCTION spellings(name text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN octet_length(name) = length(name) THEN '' ELSE normalize(regexp_replace(normalize(
        replace(replace(replace(replace(replace(replace(replace(replace(replace(
            translate(lower(normalize(name, NFC)), 'łðđ', 'ldd'),
            'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss'), 'æ', 'ae'), 'ø', 'oe'), 'å', 'aa'), 'œ', 'oe'),
            'þ', 'th')
        || ' ' || replace(translate(lower(normalize(name, NFC)), 'łðđø', 'lddo'), 'ß', 'ss'),
        NFD), '[\u0300-\u036f]', '', 'g'), NFC) END;
$body$;
