-- When a run of the job ended last: that of any job says that a worker lives
ALTER TABLE recurring_job ADD COLUMN ended_at timestamptz;
