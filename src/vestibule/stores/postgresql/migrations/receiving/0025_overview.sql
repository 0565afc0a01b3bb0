-- What a console counts and picks out. No index says active or access: a change of them must stay within
-- its page.

CREATE INDEX request_log_failed ON request_log (tenant, id) WHERE status >= 400;

CREATE INDEX resource_unclaimed ON resource (tenant, id) WHERE state = 'unclaimed';

CREATE INDEX pending_member_since ON pending_member (tenant, since);
