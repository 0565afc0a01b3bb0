-- What a search looks through: each person's login and attributes' values, folded.
CREATE TABLE person_text (
    login_folded text COLLATE "C" NOT NULL,
    person_id text COLLATE "C" NOT NULL,
    text text COLLATE "C" NOT NULL,
    PRIMARY KEY (login_folded, person_id)
);
CREATE INDEX person_text_of ON person_text (person_id);

-- Whose text is to be made anew. No writer can forget it, nor a version that does not know of it.
CREATE TABLE person_text_due (person_id text COLLATE "C" PRIMARY KEY);

CREATE FUNCTION person_text_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO person_text_due VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER person_text_new AFTER INSERT ON person FOR EACH ROW EXECUTE FUNCTION person_text_due();
CREATE TRIGGER person_text_changed AFTER UPDATE OF login, attributes ON person FOR EACH ROW EXECUTE FUNCTION person_text_due();

INSERT INTO person_text_due SELECT id FROM person;
