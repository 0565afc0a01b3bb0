-- The chain is made in the order of seq, over all tenants. Blocks of rows are told apart, not rows: it costs a write
-- next to nothing, and numbers grow as rows are added.
CREATE INDEX audit_in_order ON audit USING brin (seq) WITH (pages_per_range = 16, autosummarize = on);
