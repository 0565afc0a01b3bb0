-- Seats of a plan that are taken: kept for tenants whose plan has a limit, and counted anew where basis is another.
CREATE TABLE seat (
    tenant INTEGER PRIMARY KEY,
    basis TEXT NOT NULL,
    taken INTEGER NOT NULL
);
