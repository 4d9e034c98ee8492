-- Never updated, never deleted from. Each row's hash covers the row and the hash before it.
CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    at_ns BIGINT NOT NULL,
    actor TEXT NOT NULL,
    source TEXT NOT NULL,
    action TEXT NOT NULL,
    what TEXT NOT NULL,
    state_before TEXT NOT NULL,
    state_after TEXT NOT NULL,
    outcome TEXT NOT NULL,
    answers BIGINT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);

-- One deed for one key: what was answered is answered again. Status 0: under way, or cut off in the middle.
CREATE TABLE done_once (
    user_id BIGINT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request TEXT NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    at_ns BIGINT NOT NULL,
    PRIMARY KEY (user_id, idempotency_key)
);
