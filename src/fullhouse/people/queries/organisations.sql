-- name: add_organisation
-- A new organisation; the unique slug refuses a second one of the same address.
INSERT INTO organisation (
    org_id, slug, name, tagline, email, phone, locale, currency, accent, cover, created_at
) VALUES (
    :org_id, :slug, :name, :tagline, :email, :phone, :locale, :currency, :accent, :cover, :created_at
);

-- name: organisation_by_slug
-- The organisation with this address.
SELECT org_id, slug, name, tagline, email, phone, locale, currency, accent, cover, created_at
FROM organisation WHERE slug = :slug;

-- name: organisation_by_id
-- The organisation with this id.
SELECT org_id, slug, name, tagline, email, phone, locale, currency, accent, cover, created_at
FROM organisation WHERE org_id = :org_id;

-- name: organisations_by_ids
-- The organisation with this id.
SELECT org_id, slug, name, tagline, email, phone, locale, currency, accent, cover, created_at
FROM organisation WHERE org_id = ANY (:org_ids::uuid[]);

-- name: organisations
-- Every organisation of the installation, by name; for the operator.
SELECT org_id, slug, name, tagline, email, phone, locale, currency, accent, cover, created_at
FROM organisation ORDER BY name, org_id LIMIT :count;

-- name: add_venue
-- A new venue of an organisation.
INSERT INTO venue (
    org_id, venue_id, name, zone, address, country, subdivision, latitude, longitude, directions
) VALUES (
    :org_id, :venue_id, :name, :zone, :address, :country, :subdivision, :latitude, :longitude,
    :directions
);

-- name: venue_by_id
-- One venue of an organisation.
SELECT org_id, venue_id, name, zone, address, country, subdivision, latitude, longitude, directions
FROM venue WHERE org_id = :org_id AND venue_id = :venue_id;

-- name: venues
-- An organisation's venues in the order in which they were added.
SELECT org_id, venue_id, name, zone, address, country, subdivision, latitude, longitude, directions
FROM venue WHERE org_id = :org_id ORDER BY venue_id LIMIT :count;
