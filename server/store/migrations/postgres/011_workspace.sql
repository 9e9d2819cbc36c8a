-- How the people here call it all; see sqlite/011_workspace.sql.
CREATE TABLE workspace (
    id   BIGINT PRIMARY KEY CHECK (id = 1),
    name TEXT   NOT NULL
);
