-- What members have said against messages. A closed report is kept: it says who judged, and how.
CREATE TABLE report (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    room      INTEGER NOT NULL REFERENCES room,
    seq       INTEGER NOT NULL,
    reporter  INTEGER NOT NULL REFERENCES account,
    reason    TEXT    NOT NULL,
    text      TEXT    NOT NULL,            -- how the message began then; erased with it
    ts        INTEGER NOT NULL,
    closed_ms INTEGER NOT NULL,            -- 0: it waits
    closed_by INTEGER NOT NULL,
    outcome   INTEGER NOT NULL,
    UNIQUE (room, seq, reporter)
);
CREATE INDEX report_open ON report (room, id) WHERE closed_ms = 0;
CREATE INDEX report_open_of ON report (reporter) WHERE closed_ms = 0;
