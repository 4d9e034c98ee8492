-- Whole numbers and texts only, so that SQLite and PostgreSQL read the same file. Times are ns since 1970; 0: not yet, or never.
CREATE TABLE revision (
    one BIGINT PRIMARY KEY,
    number BIGINT NOT NULL
);
INSERT INTO revision (one, number) VALUES (1, 1);

CREATE TABLE users (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    password TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    created_ns BIGINT NOT NULL
);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    role TEXT NOT NULL,
    addresses TEXT NOT NULL,
    created_ns BIGINT NOT NULL,
    expires_ns BIGINT NOT NULL,
    revoked_ns BIGINT NOT NULL
);
CREATE INDEX tokens_of_user ON tokens (user_id);
