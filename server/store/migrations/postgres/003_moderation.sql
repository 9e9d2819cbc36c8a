-- Who is banned or muted in a room; explained in sqlite/003_moderation.sql.
CREATE INDEX member_sanction ON member (room, account) WHERE banned_until_ms > 0 OR muted_until_ms > 0;
CREATE INDEX room_event_target ON room_event (room, target, ev) WHERE kind = 4;
