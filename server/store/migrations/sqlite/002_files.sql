-- Files that hang on messages. The content is no part of the database: --data/files has it, under the id.
CREATE TABLE file (
    id         INTEGER PRIMARY KEY,        -- random, below 2^53: nobody finds one by counting
    owner      INTEGER NOT NULL REFERENCES account,
    room       INTEGER NOT NULL REFERENCES room,
    seq        INTEGER NOT NULL DEFAULT 0, -- of the message in that room that it hangs on; 0: not sent yet
    place      INTEGER NOT NULL DEFAULT 0, -- among the files of that message
    whole      INTEGER NOT NULL DEFAULT 0, -- all of its content is on the disk
    name       TEXT    NOT NULL,
    size       INTEGER NOT NULL,
    type       TEXT    NOT NULL DEFAULT '', -- of what is whole, as its content tells
    width      INTEGER NOT NULL DEFAULT 0,
    height     INTEGER NOT NULL DEFAULT 0,
    created_ms INTEGER NOT NULL
);
CREATE INDEX file_message ON file (room, seq, place);
CREATE INDEX file_owner ON file (owner) WHERE seq = 0;
CREATE INDEX file_age ON file (created_ms) WHERE seq = 0;
