"""Batteries: what is promised (design §7), shown by doing the worst to a real server, many times over."""
