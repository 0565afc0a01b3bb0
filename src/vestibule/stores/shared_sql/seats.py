"""Seats of a plan, as both stores say it: ``?1`` is the tenant."""

from __future__ import annotations

TAKEN = "SELECT taken FROM seat WHERE tenant = ?1 AND basis = ?2"
COUNTED = """
SELECT count(*) FROM resource WHERE tenant = ?1 AND type = 'User' AND state = 'managed' AND active"""
KEEP = """
INSERT INTO seat (tenant, basis, taken) VALUES (?1, ?2, ?3)
ON CONFLICT (tenant) DO UPDATE SET basis = excluded.basis, taken = excluded.taken"""
