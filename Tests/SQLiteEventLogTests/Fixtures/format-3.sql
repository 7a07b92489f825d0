-- A log as the Sluice of format 3 made it: its statements, of commit eca5a7c, and some rows.
CREATE TABLE event (
    sequence INTEGER PRIMARY KEY, audience TEXT NOT NULL, name TEXT, data BLOB NOT NULL,
    appended_at INTEGER NOT NULL, expires_at INTEGER, bytes INTEGER NOT NULL, total INTEGER NOT NULL
) STRICT;
CREATE TABLE recipient (
    audience TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (audience, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE publish_key (
    id INTEGER PRIMARY KEY, publisher TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL,
    first INTEGER NOT NULL, stream_counts TEXT NOT NULL, expires_at INTEGER NOT NULL,
    UNIQUE (publisher, key)
) STRICT;
CREATE TABLE epoch (number INTEGER PRIMARY KEY, name TEXT NOT NULL, begins_after INTEGER NOT NULL) STRICT;
CREATE TABLE last_use (
    id INTEGER PRIMARY KEY CHECK (id = 1), durability TEXT NOT NULL, closed INTEGER NOT NULL,
    boot_id TEXT, use TEXT, previous_use TEXT
) STRICT;
CREATE TABLE revocation (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, issued_before INTEGER NOT NULL,
    made_at INTEGER NOT NULL, UNIQUE (kind, name)
) STRICT;
PRAGMA application_id = 1399612261;
PRAGMA user_version = 3;
INSERT INTO event (sequence, audience, name, data, appended_at, expires_at, bytes, total) VALUES
    (1, 'u:alice', 'comment', X'31', 900000, NULL, 300, 300),
    (2, 'm5:alice3:bob', NULL, X'32', 900001, NULL, 310, 610),
    (3, 't:news', NULL, X'33', 900002, 9000000000000, 320, 930),
    (4, 'e', NULL, X'34', 900003, NULL, 280, 1210);
INSERT INTO recipient (audience, sequence) VALUES
    ('u:alice', 1), ('u:alice', 2), ('u:bob', 2), ('t:news', 3), ('e', 4);
INSERT INTO publish_key (publisher, key, digest, first, stream_counts, expires_at) VALUES
    ('shop', 'order-1', X'010203', 1, '7,0', 9000000000000);
INSERT INTO epoch (name, begins_after) VALUES ('older', 0), ('before', 2);
INSERT INTO last_use (id, durability, closed, boot_id, use, previous_use) VALUES
    (1, 'full', 1, NULL, '00112233445566778899aabbccddeeff', NULL);
INSERT INTO revocation (kind, name, issued_before, made_at) VALUES ('user', 'mallory', 900, 900000);
