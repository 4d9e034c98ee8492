-- Work in the background. Times are ns since 1970; 0: not yet, or never.
CREATE TABLE jobs (
    id BIGINT PRIMARY KEY,
    owner BIGINT NOT NULL,
    asked_by TEXT NOT NULL,
    kind TEXT NOT NULL,
    work TEXT NOT NULL,
    state TEXT NOT NULL,
    runner TEXT NOT NULL,
    cancel BIGINT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    asked_ns BIGINT NOT NULL,
    started_ns BIGINT NOT NULL,
    ended_ns BIGINT NOT NULL,
    beat_ns BIGINT NOT NULL,
    told TEXT NOT NULL,
    figures TEXT NOT NULL,
    result TEXT NOT NULL
);
CREATE INDEX jobs_of_owner ON jobs (owner, id);
CREATE INDEX jobs_in_state ON jobs (state, id);

-- How far each schedule was seen to: what came up before that time is begun, or told as missed.
CREATE TABLE schedules (
    name TEXT PRIMARY KEY,
    seen_ns BIGINT NOT NULL,
    last_job BIGINT NOT NULL,
    missed BIGINT NOT NULL
);
