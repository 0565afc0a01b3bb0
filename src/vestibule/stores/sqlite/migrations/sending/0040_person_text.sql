-- What a search looks through: each person's login and attributes' values, folded, in the order of logins.
CREATE TABLE person_text (
    login_folded TEXT NOT NULL,
    person_id TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (login_folded, person_id)
) WITHOUT ROWID;
CREATE INDEX person_text_of ON person_text (person_id);

-- Whose text is to be made anew. No writer can forget it, nor a version that does not know of it.
CREATE TABLE person_text_due (person_id TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TRIGGER person_text_new AFTER INSERT ON person
BEGIN
    INSERT INTO person_text_due VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER person_text_changed AFTER UPDATE OF login, attributes ON person
BEGIN
    INSERT INTO person_text_due VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;

INSERT INTO person_text_due SELECT id FROM person;
