-- Rooms in which one message may be sent every so many seconds; see sqlite/006_slow.sql.
CREATE TABLE slow (
    room    BIGINT PRIMARY KEY REFERENCES room,
    seconds BIGINT NOT NULL
);
CREATE TABLE slow_sent (
    room    BIGINT NOT NULL REFERENCES room,
    account BIGINT NOT NULL REFERENCES account,
    ts      BIGINT NOT NULL,
    PRIMARY KEY (room, account)
);
