-- By which rules `search` was written. Rows of before, and those that a program of before writes, are described anew
-- by a job, some at a time: see customers.actions.describe_customers
ALTER TABLE customer ADD COLUMN described integer NOT NULL DEFAULT 0;
CREATE INDEX customer_described ON customer (described) WHERE merged_into IS NULL;
