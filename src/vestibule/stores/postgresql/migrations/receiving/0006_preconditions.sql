-- What must hold when a Change is written, as functions that the statement of the Change calls.
-- A statement sees the tables as they were when it began. These functions first wait for everybody
-- else who decides about the same keys, and look after that: each look of a VOLATILE function sees
-- whatever was committed until then. What an index finds stands in a LATERAL with OFFSET 0, a fence:
-- what else is asked of it leads to no other index, however little is known of the tables yet.

CREATE FUNCTION conflict(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', what USING ERRCODE = 'VS409';
END
$$;

-- Until the end of the transaction nobody else holds one of these keys. Many keys are one lock of the
-- whole tenant, as the server's room for locks is limited.
CREATE FUNCTION hold_keys(of_tenant bigint, keys text[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    namespace bigint := 'resource'::regclass::oid::bigint;
    whole bigint := hashtextextended(of_tenant::text, namespace);
    lock bigint;
BEGIN
    IF cardinality(keys) > 32 THEN
        PERFORM pg_advisory_xact_lock(whole);
        RETURN true;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(whole);
    FOR lock IN
        SELECT DISTINCT hashtextextended(of_tenant::text || ':' || key, namespace) FROM unnest(keys) AS key ORDER BY 1
    LOOP
        PERFORM pg_advisory_xact_lock(lock);
    END LOOP;
    RETURN true;
END
$$;

-- No unresolved member has one of these folded values, apart from the ones (group, value) that go with the Change.
CREATE FUNCTION nobody_waits(of_tenant bigint, keys text[], gone_groups text[], gone_values text[])
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT 1 FROM unnest(keys) AS waited
        JOIN LATERAL (
            SELECT grp, value FROM pending_member WHERE tenant = of_tenant AND folded = waited OFFSET 0
        ) AS p ON true
        JOIN LATERAL (SELECT id, state FROM resource WHERE tenant = of_tenant AND seq = p.grp OFFSET 0) AS g ON true
        WHERE g.state = 'managed'
        AND NOT EXISTS (
            SELECT 1 FROM unnest(gone_groups, gone_values) AS gone (grp, value)
            WHERE gone.grp = g.id AND gone.value = p.value
        )
    );
END
$$;

-- None of these member values means somebody: no id, no userName, no externalId that exactly one has.
CREATE FUNCTION they_mean_nobody(of_tenant bigint, names text[], folded text[], connections bigint[])
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT 1 FROM unnest(names) AS name
        JOIN LATERAL (SELECT state, type FROM resource WHERE tenant = of_tenant AND id = name OFFSET 0) AS x ON true
        WHERE x.state IN ('managed', 'tombstone') AND x.type IN ('User', 'Group')
    ) AND NOT EXISTS (
        SELECT 1 FROM unnest(folded) AS name
        JOIN LATERAL (
            SELECT state, type FROM resource
            WHERE tenant = of_tenant AND user_name = name AND state <> 'tombstone' OFFSET 0
        ) AS x ON true
        WHERE x.state = 'managed' AND x.type = 'User'
    ) AND NOT EXISTS (
        SELECT 1 FROM unnest(names) AS name CROSS JOIN unnest(connections) AS asking
        WHERE 1 = (
            SELECT count(*) FROM (
                SELECT 1 FROM resource x
                WHERE x.tenant = of_tenant AND x.connection = asking AND x.external_id = name
                AND x.state <> 'tombstone' AND x.state <> 'unclaimed' AND x.type = 'User'
                UNION ALL
                SELECT 1 FROM external_id e
                JOIN LATERAL (
                    SELECT state, connection FROM resource WHERE tenant = of_tenant AND seq = e.resource OFFSET 0
                ) AS x ON true
                WHERE e.tenant = of_tenant AND e.connection = asking AND e.type = 'User' AND e.value = name
                AND x.state = 'managed' AND x.connection IS DISTINCT FROM asking
            ) AS meant
        )
    );
END
$$;

CREATE FUNCTION ids_are_free(of_tenant bigint, ids text[], own text[]) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT 1 FROM resource WHERE tenant = of_tenant AND id = ANY (ids) AND id <> ALL (own)
        AND state IN ('managed', 'tombstone') AND type IN ('User', 'Group')
    );
END
$$;

CREATE FUNCTION user_names_are_free(of_tenant bigint, names text[], own text[]) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT 1 FROM resource
        WHERE tenant = of_tenant AND user_name = ANY (names) AND state <> 'tombstone' AND id <> ALL (own)
    );
END
$$;

CREATE FUNCTION display_names_are_free(of_tenant bigint, names text[], connections bigint[], own text[])
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT 1 FROM unnest(names, connections) AS asked (name, managed_by)
        JOIN LATERAL (
            SELECT id, type, state, connection FROM resource
            WHERE tenant = of_tenant AND display_name = asked.name AND state <> 'tombstone' OFFSET 0
        ) AS r ON true
        WHERE r.connection IS NOT DISTINCT FROM asked.managed_by AND r.type = 'Group'
        AND r.state = 'managed' AND r.id <> ALL (own)
    );
END
$$;

CREATE FUNCTION keys_are_free(of_tenant bigint, types text[], attributes text[], given text[], own text[])
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN NOT EXISTS (
        SELECT 1 FROM unnest(types, attributes, given) AS asked (type, attribute, value)
        JOIN LATERAL (
            SELECT resource FROM key
            WHERE tenant = of_tenant AND attribute = asked.attribute AND value = asked.value OFFSET 0
        ) AS k ON true
        JOIN LATERAL (
            SELECT id, type, state FROM resource WHERE tenant = of_tenant AND seq = k.resource OFFSET 0
        ) AS r ON true
        WHERE r.type = asked.type AND r.state <> 'tombstone' AND r.id <> ALL (own)
    );
END
$$;

-- None of the groups to be added as a member is, or holds, the group that it is added to. Looked for
-- upwards: the parents of a group are few, its members may be many.
CREATE FUNCTION no_cycle_closes(of_tenant bigint, groups text[], members text[]) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN NOT EXISTS (
        WITH RECURSIVE above (below, seq) AS (
            SELECT asked.member, r.seq FROM unnest(groups, members) AS asked (grp, member)
            JOIN LATERAL (SELECT seq FROM resource WHERE tenant = of_tenant AND id = asked.grp OFFSET 0) AS r ON true
            UNION
            SELECT a.below, m.grp FROM above a
            JOIN LATERAL (SELECT grp FROM member WHERE tenant = of_tenant AND member = a.seq OFFSET 0) AS m ON true
        )
        SELECT 1 FROM above a
        JOIN LATERAL (SELECT id FROM resource WHERE tenant = of_tenant AND seq = a.seq OFFSET 0) AS r ON true
        WHERE r.id = a.below
    );
END
$$;
