-- name: offering_by_slug
-- One offering by its name in addresses.
SELECT org_id, offering_id, venue_id, slug, kind, name, summary, description, how_to_pay,
    what_to_bring, questions, price_categories, translations, picture, picture_alt, more_pictures, price_amount, price_unit, currency,
    party_min, party_max, hold_seconds,
    book_ahead_days, book_until_minutes, cancel_free_until_minutes, cancel_until_minutes, cancel_fee_percent,
    move_until_minutes, waiting_offer_minutes, published, position, version
FROM offering
WHERE org_id = :org_id AND slug = :slug;

-- name: offering_by_id
-- One offering.
SELECT org_id, offering_id, venue_id, slug, kind, name, summary, description, how_to_pay,
    what_to_bring, questions, price_categories, translations, picture, picture_alt, more_pictures, price_amount, price_unit, currency,
    party_min, party_max, hold_seconds,
    book_ahead_days, book_until_minutes, cancel_free_until_minutes, cancel_until_minutes, cancel_fee_percent,
    move_until_minutes, waiting_offer_minutes, published, position, version
FROM offering
WHERE org_id = :org_id AND offering_id = :offering_id;

-- name: offerings_of
-- All offerings of an organisation in the owner's order.
SELECT org_id, offering_id, venue_id, slug, kind, name, summary, description, how_to_pay,
    what_to_bring, questions, price_categories, translations, picture, picture_alt, more_pictures, price_amount, price_unit, currency,
    party_min, party_max, hold_seconds,
    book_ahead_days, book_until_minutes, cancel_free_until_minutes, cancel_until_minutes, cancel_fee_percent,
    move_until_minutes, waiting_offer_minutes, published, position, version
FROM offering
WHERE org_id = :org_id
ORDER BY position, name;

-- name: count_offerings
-- How many offerings an organisation has.
SELECT count(*)::integer FROM offering WHERE org_id = :org_id;

-- name: write_offering
-- Adds an offering, or changes all of it that may change. Its slug stays, as a part of its key: to set it
-- would lock out those who make slots meanwhile.
INSERT INTO offering (org_id, offering_id, venue_id, slug, kind, name, summary, description, how_to_pay,
    what_to_bring, questions, price_categories, translations, picture, picture_alt, more_pictures, price_amount, price_unit, currency,
    party_min, party_max, hold_seconds,
    book_ahead_days, book_until_minutes, cancel_free_until_minutes, cancel_until_minutes, cancel_fee_percent,
    move_until_minutes, waiting_offer_minutes, published, position, version)
VALUES (:org_id, :offering_id, :venue_id, :slug, :kind, :name, :summary, :description, :how_to_pay,
    :what_to_bring, :questions, :price_categories, :translations, :picture, :picture_alt, :more_pictures, :price_amount, :price_unit, :currency,
    :party_min, :party_max, :hold_seconds, :book_ahead_days, :book_until_minutes, :cancel_free_until_minutes,
    :cancel_until_minutes, :cancel_fee_percent, :move_until_minutes, :waiting_offer_minutes, :published, :position, :version)
ON CONFLICT (org_id, offering_id) DO UPDATE SET venue_id = excluded.venue_id,
    name = excluded.name, summary = excluded.summary, description = excluded.description,
    how_to_pay = excluded.how_to_pay, what_to_bring = excluded.what_to_bring,
    questions = excluded.questions, price_categories = excluded.price_categories,
    translations = excluded.translations,
    picture = excluded.picture, picture_alt = excluded.picture_alt,
    more_pictures = excluded.more_pictures, price_amount = excluded.price_amount,
    price_unit = excluded.price_unit, currency = excluded.currency,
    party_min = excluded.party_min, party_max = excluded.party_max,
    hold_seconds = excluded.hold_seconds, book_ahead_days = excluded.book_ahead_days,
    book_until_minutes = excluded.book_until_minutes,
    cancel_free_until_minutes = excluded.cancel_free_until_minutes,
    cancel_until_minutes = excluded.cancel_until_minutes,
    cancel_fee_percent = excluded.cancel_fee_percent,
    move_until_minutes = excluded.move_until_minutes,
    waiting_offer_minutes = excluded.waiting_offer_minutes, published = excluded.published,
    position = excluded.position, version = excluded.version;

-- name: lock_offering
-- One offering, which nobody else changes until the transaction ends. Its key stays: slots may be made.
SELECT org_id, offering_id, venue_id, slug, kind, name, summary, description, how_to_pay,
    what_to_bring, questions, price_categories, translations, picture, picture_alt, more_pictures, price_amount, price_unit, currency,
    party_min, party_max, hold_seconds,
    book_ahead_days, book_until_minutes, cancel_free_until_minutes, cancel_until_minutes, cancel_fee_percent,
    move_until_minutes, waiting_offer_minutes, published, position, version
FROM offering
WHERE org_id = :org_id AND offering_id = :offering_id FOR NO KEY UPDATE;

-- name: offerings_of_venue
-- What takes place at a venue, in the order in which their schedules are locked.
SELECT offering_id FROM offering WHERE org_id = :org_id AND venue_id = :venue_id
ORDER BY offering_id;

-- name: picture_is_shown
-- Whether an offering shows a picture, or the business has it as its cover or logo.
SELECT EXISTS (
    SELECT FROM offering WHERE org_id = :org_id
        AND (picture = :name OR more_pictures @> jsonb_build_array(jsonb_build_object('name', :name::text)))
) OR EXISTS (SELECT FROM organisation WHERE org_id = :org_id AND :name IN (cover, logo));
