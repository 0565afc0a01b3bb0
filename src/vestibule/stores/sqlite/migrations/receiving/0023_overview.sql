-- What a console counts and picks out, without reading what nobody asks for. Each index holds few rows.

CREATE INDEX request_log_failed ON request_log (tenant, id) WHERE status >= 400;

CREATE INDEX resource_inactive ON resource (tenant, type) WHERE state = 'managed' AND active = 0;

CREATE INDEX resource_held ON resource (tenant, type) WHERE state = 'managed' AND access = 'held';

CREATE INDEX resource_unclaimed ON resource (tenant, id) WHERE state = 'unclaimed';

CREATE INDEX pending_member_since ON pending_member (tenant, since);
