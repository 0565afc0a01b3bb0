-- Whose a running job is and until when, and since when it has been failing.
ALTER TABLE job ADD COLUMN worker TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN leased_until TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN first_failed TEXT NOT NULL DEFAULT '';

-- Whom and what an incremental cycle has to look at. No writer can forget it: the tables tell of themselves.
-- ``mark`` grows with every change; whoever has looked takes the row away if its mark is the one that was read.
CREATE TABLE touched (
    application_id INTEGER NOT NULL,
    stage TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    mark INTEGER NOT NULL,
    PRIMARY KEY (application_id, stage, subject_id)
) WITHOUT ROWID;
CREATE INDEX touched_by_mark ON touched (mark);

CREATE TRIGGER person_touches AFTER UPDATE ON person
WHEN OLD.attributes != NEW.attributes OR OLD.status != NEW.status OR OLD.login != NEW.login
BEGIN
    INSERT INTO touched SELECT id, 'users', NEW.id, (SELECT coalesce(max(mark), 0) + 1 FROM touched)
    FROM application WHERE true
    ON CONFLICT (application_id, stage, subject_id) DO UPDATE SET mark = excluded.mark;
END;

CREATE TRIGGER membership_touches AFTER INSERT ON membership
BEGIN
    INSERT INTO touched
    SELECT application_id, 'users', NEW.person_id, (SELECT coalesce(max(mark), 0) + 1 FROM touched)
    FROM assignment WHERE subject = 'group' AND subject_id = NEW.group_id
    ON CONFLICT (application_id, stage, subject_id) DO UPDATE SET mark = excluded.mark;
    INSERT INTO touched
    SELECT application_id, 'groups', NEW.group_id, (SELECT coalesce(max(mark), 0) + 1 FROM touched)
    FROM push_group WHERE group_id = NEW.group_id
    ON CONFLICT (application_id, stage, subject_id) DO UPDATE SET mark = excluded.mark;
END;

CREATE TRIGGER membership_gone_touches AFTER DELETE ON membership
BEGIN
    INSERT INTO touched
    SELECT application_id, 'users', OLD.person_id, (SELECT coalesce(max(mark), 0) + 1 FROM touched)
    FROM assignment WHERE subject = 'group' AND subject_id = OLD.group_id
    ON CONFLICT (application_id, stage, subject_id) DO UPDATE SET mark = excluded.mark;
    INSERT INTO touched
    SELECT application_id, 'groups', OLD.group_id, (SELECT coalesce(max(mark), 0) + 1 FROM touched)
    FROM push_group WHERE group_id = OLD.group_id
    ON CONFLICT (application_id, stage, subject_id) DO UPDATE SET mark = excluded.mark;
END;

CREATE TRIGGER assignment_touches AFTER INSERT ON assignment
BEGIN
    INSERT INTO touched
    SELECT NEW.application_id, 'users', who.id, (SELECT coalesce(max(mark), 0) + 1 FROM touched)
    FROM (SELECT NEW.subject_id AS id WHERE NEW.subject = 'person'
          UNION SELECT person_id FROM membership WHERE NEW.subject = 'group' AND group_id = NEW.subject_id) AS who
    WHERE true
    ON CONFLICT (application_id, stage, subject_id) DO UPDATE SET mark = excluded.mark;
END;

CREATE TRIGGER assignment_changed_touches AFTER UPDATE ON assignment
BEGIN
    INSERT INTO touched
    SELECT NEW.application_id, 'users', who.id, (SELECT coalesce(max(mark), 0) + 1 FROM touched)
    FROM (SELECT NEW.subject_id AS id WHERE NEW.subject = 'person'
          UNION SELECT person_id FROM membership WHERE NEW.subject = 'group' AND group_id = NEW.subject_id) AS who
    WHERE true
    ON CONFLICT (application_id, stage, subject_id) DO UPDATE SET mark = excluded.mark;
END;

CREATE TRIGGER assignment_gone_touches AFTER DELETE ON assignment
BEGIN
    INSERT INTO touched
    SELECT OLD.application_id, 'users', who.id, (SELECT coalesce(max(mark), 0) + 1 FROM touched)
    FROM (SELECT OLD.subject_id AS id WHERE OLD.subject = 'person'
          UNION SELECT person_id FROM membership WHERE OLD.subject = 'group' AND group_id = OLD.subject_id) AS who
    WHERE true
    ON CONFLICT (application_id, stage, subject_id) DO UPDATE SET mark = excluded.mark;
END;

-- A member whose id there changed, or who came or went, concerns the groups that they are in.
CREATE TRIGGER app_user_touches AFTER INSERT ON app_user
BEGIN
    INSERT INTO touched
    SELECT NEW.application_id, 'groups', p.group_id, (SELECT coalesce(max(mark), 0) + 1 FROM touched)
    FROM membership AS m JOIN push_group AS p ON p.application_id = NEW.application_id AND p.group_id = m.group_id
    WHERE m.person_id = NEW.person_id
    ON CONFLICT (application_id, stage, subject_id) DO UPDATE SET mark = excluded.mark;
END;

CREATE TRIGGER app_user_changed_touches AFTER UPDATE ON app_user
WHEN OLD.state != NEW.state OR OLD.external_id != NEW.external_id
BEGIN
    INSERT INTO touched
    SELECT NEW.application_id, 'groups', p.group_id, (SELECT coalesce(max(mark), 0) + 1 FROM touched)
    FROM push_group AS p WHERE p.application_id = NEW.application_id
    AND (EXISTS (SELECT 1 FROM membership AS m WHERE m.group_id = p.group_id AND m.person_id = NEW.person_id)
         OR EXISTS (SELECT 1 FROM pushed_member AS k WHERE k.application_id = NEW.application_id
                    AND k.group_id = p.group_id AND k.person_id = NEW.person_id))
    ON CONFLICT (application_id, stage, subject_id) DO UPDATE SET mark = excluded.mark;
END;

CREATE TRIGGER push_group_touches AFTER INSERT ON push_group
BEGIN
    INSERT INTO touched
    VALUES (NEW.application_id, 'groups', NEW.group_id, (SELECT coalesce(max(mark), 0) + 1 FROM touched))
    ON CONFLICT (application_id, stage, subject_id) DO UPDATE SET mark = excluded.mark;
END;

CREATE TRIGGER push_group_changed_touches AFTER UPDATE ON push_group
WHEN OLD.state != NEW.state OR OLD.full_push < NEW.full_push OR OLD.external_id != NEW.external_id
BEGIN
    INSERT INTO touched
    VALUES (NEW.application_id, 'groups', NEW.group_id, (SELECT coalesce(max(mark), 0) + 1 FROM touched))
    ON CONFLICT (application_id, stage, subject_id) DO UPDATE SET mark = excluded.mark;
END;

CREATE TRIGGER source_group_touches AFTER UPDATE ON source_group
WHEN OLD.name != NEW.name OR OLD.gone != NEW.gone
BEGIN
    INSERT INTO touched
    SELECT application_id, 'groups', NEW.id, (SELECT coalesce(max(mark), 0) + 1 FROM touched)
    FROM push_group WHERE group_id = NEW.id
    ON CONFLICT (application_id, stage, subject_id) DO UPDATE SET mark = excluded.mark;
END;

-- What is decided for everybody asks for a full cycle.
CREATE TRIGGER mapping_touches AFTER INSERT ON mapping
BEGIN
    INSERT INTO touched
    VALUES (NEW.application_id, 'cycle', 'all', (SELECT coalesce(max(mark), 0) + 1 FROM touched))
    ON CONFLICT (application_id, stage, subject_id) DO UPDATE SET mark = excluded.mark;
END;

CREATE TRIGGER application_touches AFTER UPDATE ON application
WHEN OLD.quarantined = NEW.quarantined
BEGIN
    INSERT INTO touched
    VALUES (NEW.id, 'cycle', 'all', (SELECT coalesce(max(mark), 0) + 1 FROM touched))
    ON CONFLICT (application_id, stage, subject_id) DO UPDATE SET mark = excluded.mark;
END;
