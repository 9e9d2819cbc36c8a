-- Everything the chat keeps. Times are UTC milliseconds. What the columns mean is said here; postgres/001_start.sql has the same tables.

-- epoch: changes with every restore, so that clients' cursors of before are recognised. indexed_id, search_*: see op_search_index.c.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE account (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT    NOT NULL UNIQUE,  -- lower case
    skeleton      TEXT    NOT NULL UNIQUE,  -- equal for names that look alike
    display       TEXT    NOT NULL,
    display_fold  TEXT    NOT NULL,         -- case-folded, to be searched
    status        TEXT    NOT NULL DEFAULT '',
    role          INTEGER NOT NULL,         -- enum chat_role
    bot           INTEGER NOT NULL DEFAULT 0,
    password_hash TEXT,                     -- NULL: a guest, or no password
    created_ms    INTEGER NOT NULL
);
-- Names given up by a change stay reserved for a while.
CREATE TABLE former_name (
    skeleton TEXT    PRIMARY KEY,
    account  INTEGER NOT NULL REFERENCES account,
    until_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- A device that is signed in. refresh_hash: SHA-256 of the one refresh token that is good now.
CREATE TABLE session (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    account      INTEGER NOT NULL REFERENCES account,
    refresh_hash BLOB    NOT NULL UNIQUE,
    created_ms   INTEGER NOT NULL,
    seen_ms      INTEGER NOT NULL,
    expires_ms   INTEGER NOT NULL,
    user_agent   TEXT    NOT NULL DEFAULT '',
    address      TEXT    NOT NULL DEFAULT '',
    ended_ms     INTEGER                    -- NULL: it is good
);
CREATE INDEX session_account ON session (account);
-- Refresh tokens that were used: seeing one again ends its session.
CREATE TABLE spent_refresh (
    hash    BLOB    PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES session,
    ts      INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX spent_refresh_session ON spent_refresh (session);
CREATE INDEX spent_refresh_ts ON spent_refresh (ts);

CREATE TABLE signing_key (
    kid        INTEGER PRIMARY KEY AUTOINCREMENT,
    secret     BLOB    NOT NULL,
    created_ms INTEGER NOT NULL
);

CREATE TABLE room (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       INTEGER NOT NULL,           -- enum chat_room_kind
    name       TEXT    NOT NULL,
    topic      TEXT    NOT NULL DEFAULT '',
    archived   INTEGER NOT NULL DEFAULT 0,
    seq        INTEGER NOT NULL DEFAULT 0, -- of the last message
    ev         INTEGER NOT NULL DEFAULT 0, -- of the last change
    min_seq    INTEGER NOT NULL DEFAULT 1, -- messages before it are gone
    min_ev     INTEGER NOT NULL DEFAULT 0, -- changes up to it are forgotten: older cursors are reset
    members_n  INTEGER NOT NULL DEFAULT 0,
    dm_low     INTEGER,                    -- the two of a dm, the lower id first
    dm_high    INTEGER,
    created_ms INTEGER NOT NULL
);
CREATE UNIQUE INDEX room_public_name ON room (name) WHERE kind = 0;
CREATE UNIQUE INDEX room_dm ON room (dm_low, dm_high) WHERE kind = 2;

-- Somebody's relation to a room: there as soon as there is anything to remember.
CREATE TABLE member (
    account         INTEGER NOT NULL REFERENCES account,
    room            INTEGER NOT NULL REFERENCES room,
    joined          INTEGER NOT NULL,           -- is a member now
    role            INTEGER NOT NULL,           -- enum chat_role, in the room
    read_seq        INTEGER NOT NULL DEFAULT 0,
    notify          INTEGER NOT NULL DEFAULT 0, -- enum chat_notify
    muted_until_ms  INTEGER NOT NULL DEFAULT 0,
    banned_until_ms INTEGER NOT NULL DEFAULT 0,
    since_ms        INTEGER NOT NULL,
    PRIMARY KEY (account, room)
) WITHOUT ROWID;
CREATE INDEX member_room ON member (room, account) WHERE joined = 1;

CREATE TABLE invite (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    hash       BLOB    NOT NULL UNIQUE,   -- SHA-256 of the token
    room       INTEGER REFERENCES room,   -- NULL: to the server
    made_by    INTEGER NOT NULL,
    role       INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    uses_left  INTEGER NOT NULL,          -- -1: any number
    created_ms INTEGER NOT NULL
);

CREATE TABLE message (
    id        INTEGER PRIMARY KEY,        -- of the search index; nothing is sorted by it but search
    room      INTEGER NOT NULL REFERENCES room,
    seq       INTEGER NOT NULL,
    ev        INTEGER NOT NULL,           -- of its coming
    sender    INTEGER NOT NULL REFERENCES account,
    cid       BLOB    NOT NULL,           -- 16 bytes
    body_hash BLOB    NOT NULL,           -- 8 bytes of SHA-256 of what was sent first: the same cid with another body is refused
    rev       INTEGER NOT NULL DEFAULT 1,
    text      TEXT    NOT NULL,           -- '' when deleted
    ts        INTEGER NOT NULL,
    edited_ts INTEGER NOT NULL DEFAULT 0,
    deleted   INTEGER NOT NULL DEFAULT 0,
    reply_to  INTEGER NOT NULL DEFAULT 0  -- seq in the same room; 0: none
);
CREATE UNIQUE INDEX message_seq ON message (room, seq);
CREATE UNIQUE INDEX message_cid ON message (sender, cid);

CREATE TABLE reaction (
    room    INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    emoji   TEXT    NOT NULL,
    account INTEGER NOT NULL REFERENCES account,
    ts      INTEGER NOT NULL,
    PRIMARY KEY (room, seq, emoji, account)
) WITHOUT ROWID;

-- account 0: everybody in the room (@room).
CREATE TABLE mention (
    account INTEGER NOT NULL,
    room    INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (account, room, seq)
) WITHOUT ROWID;
CREATE INDEX mention_message ON mention (room, seq);

-- What happened in a room, by reference: whoever catches up gets the message as it is now.
CREATE TABLE room_event (
    room   INTEGER NOT NULL REFERENCES room,
    ev     INTEGER NOT NULL,
    kind   INTEGER NOT NULL,              -- enum chat_event_kind
    seq    INTEGER NOT NULL DEFAULT 0,    -- of the message it is about
    actor  INTEGER NOT NULL,              -- 0: the server
    target INTEGER NOT NULL DEFAULT 0,    -- account, of member events
    change INTEGER NOT NULL DEFAULT 0,    -- enum chat_change
    arg    INTEGER NOT NULL DEFAULT 0,    -- role or until
    ts     INTEGER NOT NULL,
    PRIMARY KEY (room, ev)
) WITHOUT ROWID;

-- Any substring of three or more characters in any script. The text is given without case; it is not kept, nor where in it something is:
-- both are looked up in message.
CREATE VIRTUAL TABLE message_search
    USING fts5 (text, content = '', tokenize = 'trigram case_sensitive 1', detail = none);
