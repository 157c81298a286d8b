-- Customers, by whom bookings and waiting lists are; written by the projection, off the path of a booking

CREATE TABLE customer (
    org_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    -- Of whom it is a part: itself, or the customer at the top of those it was merged into
    person_id uuid NOT NULL,
    merged_into uuid,
    merged_at timestamptz,
    -- As in the latest booking
    name text NOT NULL,
    email text NOT NULL,
    phone text NOT NULL,
    sort_name text NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
    -- Every name, address and number of the person, in lower case, for parts of them to be found
    search text NOT NULL DEFAULT '',
    -- Counted over all that were merged into it
    bookings integer NOT NULL DEFAULT 0,
    visits integer NOT NULL DEFAULT 0,
    no_shows integer NOT NULL DEFAULT 0,
    cancellations integer NOT NULL DEFAULT 0,
    -- Minor units by currency: prices of visits and fees of cancellations
    spent jsonb NOT NULL DEFAULT '{}',
    last_at timestamptz NOT NULL,
    last_ends_at timestamptz NOT NULL,
    last_visit_at timestamptz,
    tags text[] NOT NULL DEFAULT '{}',
    note text NOT NULL DEFAULT '',
    consent text CONSTRAINT customer_consent_known CHECK (consent IN ('given', 'withdrawn')),
    consent_at timestamptz,
    consent_by text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (org_id, customer_id),
    CONSTRAINT customer_consent_has_time CHECK ((consent IS NULL) = (consent_at IS NULL)),
    CONSTRAINT customer_merged_is_part CHECK ((merged_into IS NULL) = (person_id = customer_id)),
    CONSTRAINT customer_merged_has_time CHECK ((merged_into IS NULL) = (merged_at IS NULL))
);
CREATE INDEX customer_person ON customer (org_id, person_id);
CREATE INDEX customer_recent ON customer (org_id, last_at, customer_id) WHERE merged_into IS NULL;
CREATE INDEX customer_name ON customer (org_id, sort_name, customer_id) WHERE merged_into IS NULL;
CREATE INDEX customer_tagged ON customer (org_id) WHERE tags <> '{}';
CREATE INDEX customer_phone ON customer (org_id, phone) WHERE phone <> '';
CREATE INDEX customer_ended ON customer (org_id, last_ends_at) WHERE merged_into IS NULL;

-- No statistics of columns that no query filters by
ALTER TABLE customer
    ALTER search SET STATISTICS 0, ALTER note SET STATISTICS 0, ALTER spent SET STATISTICS 0;

-- What a customer is recognised by: `email:` and `phone:` with the address or the number in E.164
CREATE TABLE customer_contact (
    org_id uuid NOT NULL,
    contact text NOT NULL,
    customer_id uuid NOT NULL,
    PRIMARY KEY (org_id, contact),
    FOREIGN KEY (org_id, customer_id) REFERENCES customer ON DELETE CASCADE
);
CREATE INDEX customer_contact_customer ON customer_contact (org_id, customer_id);

-- Bookings and waiting-list entries of a customer; a booking that went to another has a former one
CREATE TABLE customer_subject (
    org_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    subject uuid NOT NULL,
    is_current boolean NOT NULL DEFAULT true,
    PRIMARY KEY (org_id, customer_id, subject),
    FOREIGN KEY (org_id, customer_id) REFERENCES customer ON DELETE CASCADE
);
CREATE UNIQUE INDEX customer_subject_current ON customer_subject (org_id, subject) WHERE is_current;

-- After how many months without a booking a person is erased; no row for never
CREATE TABLE retention_rule (
    org_id uuid PRIMARY KEY,
    months integer NOT NULL CONSTRAINT retention_rule_months_range CHECK (months BETWEEN 1 AND 120),
    version integer NOT NULL DEFAULT 1
);

-- Who looked at whom; the subject is the customer, or the booking
CREATE TABLE person_access (
    org_id uuid NOT NULL,
    access_id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    subject uuid NOT NULL,
    kind text NOT NULL CONSTRAINT person_access_kind_known CHECK (kind IN ('customer', 'booking', 'data', 'program')),
    PRIMARY KEY (org_id, access_id)
);
CREATE INDEX person_access_subject ON person_access (org_id, subject, access_id);
