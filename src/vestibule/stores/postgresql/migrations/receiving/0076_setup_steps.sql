-- Steps of a set-up guide that somebody marked as done by hand; those that the traffic shows are not kept.
CREATE TABLE setup_step (
    tenant bigint NOT NULL REFERENCES tenant (id),
    guide text COLLATE "C" NOT NULL,
    step text COLLATE "C" NOT NULL,
    marked_at text COLLATE "C" NOT NULL,
    marked_by text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, guide, step)
);
