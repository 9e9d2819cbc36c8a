-- Files that hang on messages; the columns are explained in sqlite/002_files.sql.
CREATE TABLE file (
    id         BIGINT PRIMARY KEY,
    owner      BIGINT NOT NULL REFERENCES account,
    room       BIGINT NOT NULL REFERENCES room,
    seq        BIGINT NOT NULL DEFAULT 0,
    place      BIGINT NOT NULL DEFAULT 0,
    whole      BIGINT NOT NULL DEFAULT 0,
    name       TEXT   NOT NULL,
    size       BIGINT NOT NULL,
    type       TEXT   NOT NULL DEFAULT '',
    width      BIGINT NOT NULL DEFAULT 0,
    height     BIGINT NOT NULL DEFAULT 0,
    created_ms BIGINT NOT NULL
);
CREATE INDEX file_message ON file (room, seq, place);
CREATE INDEX file_owner ON file (owner) WHERE seq = 0;
CREATE INDEX file_age ON file (created_ms) WHERE seq = 0;
