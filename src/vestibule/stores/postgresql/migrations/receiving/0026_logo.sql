-- Logos that operators put in the place of the profiles' own.
CREATE TABLE logo (
    profile text COLLATE "C" PRIMARY KEY,
    media_type text COLLATE "C" NOT NULL,
    content bytea NOT NULL,
    stored_at text COLLATE "C" NOT NULL
);
