-- name: add_organisation
-- A new organisation; the unique slug refuses a second one of the same address.
INSERT INTO organisation (
    org_id, slug, name, tagline, email, phone, locale, currency, accent, cover, created_at,
    cover_alt, logo, terms, privacy, imprint, consent, version, languages, sender_name, reply_to,
    domain, domain_confirmed_at, translations
) VALUES (
    :org_id, :slug, :name, :tagline, :email, :phone, :locale, :currency, :accent, :cover,
    :created_at, :cover_alt, :logo, :terms, :privacy, :imprint, :consent, :version, :languages,
    :sender_name, :reply_to, :domain, :domain_confirmed_at, :translations
);

-- name: lock_organisation
-- The organisation, which nobody else changes until the transaction ends.
SELECT org_id, slug, name, tagline, email, phone, locale, currency, accent, cover, created_at, logo,
    cover_alt, terms, privacy, imprint, consent, version, languages, sender_name, reply_to,
    domain, domain_confirmed_at, translations
FROM organisation WHERE org_id = :org_id FOR NO KEY UPDATE;

-- name: change_organisation
-- What an organisation says of itself from now on.
UPDATE organisation SET name = :name, tagline = :tagline, email = :email, phone = :phone,
    locale = :locale, accent = :accent, cover = :cover, cover_alt = :cover_alt, logo = :logo, terms = :terms,
    privacy = :privacy, imprint = :imprint, consent = :consent, languages = :languages, version = :version,
    currency = :currency, sender_name = :sender_name, reply_to = :reply_to,
    domain = :domain, domain_confirmed_at = :domain_confirmed_at,
    translations = :translations
WHERE org_id = :org_id;

-- name: confirm_domain
-- The business is served at its own domain from now on; no other is.
UPDATE organisation SET domain_confirmed_at = :now, version = :version
WHERE org_id = :org_id AND domain = :domain;

-- name: confirmed_domains
-- The own domains of businesses, with their slugs.
-- Scope: installation. Which businesses there are is public.
SELECT domain, slug, domain_confirmed_at FROM organisation WHERE domain_confirmed_at IS NOT NULL
ORDER BY domain LIMIT :count;

-- name: domains
-- Every domain that a business names, confirmed or not; for the operator.
-- Scope: installation. The operator confirms domains of all businesses.
SELECT domain, slug, domain_confirmed_at FROM organisation WHERE domain <> ''
ORDER BY domain, slug LIMIT :count;

-- name: lock_venue
-- One venue, which nobody else changes until the transaction ends.
SELECT org_id, venue_id, name, zone, address, country, subdivision, latitude, longitude, directions,
    version, translations
FROM venue WHERE org_id = :org_id AND venue_id = :venue_id FOR NO KEY UPDATE;

-- name: change_venue
-- What a venue says of itself from now on.
UPDATE venue SET name = :name, address = :address, country = :country, subdivision = :subdivision,
    latitude = :latitude, longitude = :longitude, directions = :directions, translations = :translations,
    version = :version
WHERE org_id = :org_id AND venue_id = :venue_id;

-- name: organisation_by_slug
-- The organisation with this address.
-- Scope: installation. Which businesses there are is public.
SELECT org_id, slug, name, tagline, email, phone, locale, currency, accent, cover, created_at, logo,
    cover_alt, terms, privacy, imprint, consent, version, languages, sender_name, reply_to,
    domain, domain_confirmed_at, translations
FROM organisation WHERE slug = :slug;

-- name: organisation_by_id
-- The organisation with this id.
-- Scope: installation. Which businesses there are is public.
SELECT org_id, slug, name, tagline, email, phone, locale, currency, accent, cover, created_at, logo,
    cover_alt, terms, privacy, imprint, consent, version, languages, sender_name, reply_to,
    domain, domain_confirmed_at, translations
FROM organisation WHERE org_id = :org_id;

-- name: organisations_by_ids
-- The organisation with this id.
-- Scope: installation. Which businesses there are is public.
SELECT org_id, slug, name, tagline, email, phone, locale, currency, accent, cover, created_at, logo,
    cover_alt, terms, privacy, imprint, consent, version, languages, sender_name, reply_to,
    domain, domain_confirmed_at, translations
FROM organisation WHERE org_id = ANY (:org_ids::uuid[]);

-- name: organisations
-- Every organisation of the installation, by name; for the operator.
-- Scope: installation. Which businesses there are is public.
SELECT org_id, slug, name, tagline, email, phone, locale, currency, accent, cover, created_at, logo,
    cover_alt, terms, privacy, imprint, consent, version, languages, sender_name, reply_to,
    domain, domain_confirmed_at, translations
FROM organisation ORDER BY name, org_id LIMIT :count;

-- name: lock_set_up
-- Lets one transaction after the other set the installation up.
-- Scope: installation. It asks for no row.
SELECT pg_advisory_xact_lock(hashtext('fullhouse.people.set_up'));

-- name: has_organisation
-- Whether the installation has a business.
-- Scope: installation. Which businesses there are is public.
SELECT EXISTS (SELECT FROM organisation);

-- name: add_venue
-- A new venue of an organisation.
INSERT INTO venue (
    org_id, venue_id, name, zone, address, country, subdivision, latitude, longitude, directions,
    version, translations
) VALUES (
    :org_id, :venue_id, :name, :zone, :address, :country, :subdivision, :latitude, :longitude,
    :directions, :version, :translations
);

-- name: venue_by_id
-- One venue of an organisation.
SELECT org_id, venue_id, name, zone, address, country, subdivision, latitude, longitude, directions,
    version, translations
FROM venue WHERE org_id = :org_id AND venue_id = :venue_id;

-- name: wall_time
-- What the clocks of a zone show; an error for a zone that the database does not know.
-- Scope: installation. It reads no table.
SELECT :now::timestamptz AT TIME ZONE :zone::text;

-- name: count_venues
-- How many venues an organisation has.
SELECT count(*)::integer FROM venue WHERE org_id = :org_id;

-- name: venues
-- An organisation's venues in the order in which they were added.
SELECT org_id, venue_id, name, zone, address, country, subdivision, latitude, longitude, directions,
    version, translations
FROM venue WHERE org_id = :org_id ORDER BY venue_id LIMIT :count;
