-- Seats of a plan that are taken: kept for tenants whose plan has a limit, and counted anew where basis is another.
-- Whoever takes or frees one holds the row: at the last seat only one can have it.
CREATE TABLE seat (
    tenant bigint PRIMARY KEY,
    basis text COLLATE "C" NOT NULL,
    taken bigint NOT NULL
);
