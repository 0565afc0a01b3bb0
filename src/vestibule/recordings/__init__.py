"""Recordings of SCIM requests: the public, versioned format, and what replays it against any server."""
