-- How the people here call it all; at most one row, with id 1. A table of its own, for meta is in no backup.
CREATE TABLE workspace (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT    NOT NULL
);
