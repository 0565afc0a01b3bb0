-- What the product says of a person's wanted state. reason may be personal and can be forgotten.
-- confirms: seq of the access.ended event that is settled by it.
CREATE TABLE acknowledgement (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL,
    person TEXT NOT NULL,
    at TEXT NOT NULL,
    version TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,
    author TEXT NOT NULL,
    confirms INTEGER
);

CREATE INDEX acknowledgement_of_person ON acknowledgement (tenant, person, seq);

-- Whose access ended, so that what nobody has confirmed is found.
CREATE INDEX event_access_ended ON event (tenant, subject_id, seq) WHERE type = 'access.ended';
