-- Rooms in which one message may be sent every so many seconds, and when somebody last sent one there. Tables of their own: few rooms have
-- it, others cost nothing, and backups without them are read.
CREATE TABLE slow (
    room    INTEGER PRIMARY KEY REFERENCES room,
    seconds INTEGER NOT NULL
);
CREATE TABLE slow_sent (
    room    INTEGER NOT NULL REFERENCES room,
    account INTEGER NOT NULL REFERENCES account,
    ts      INTEGER NOT NULL,
    PRIMARY KEY (room, account)
) WITHOUT ROWID;
