"""An independent judge of any SCIM 2.0 service provider: it asks over HTTP, and knows nothing of our own server."""
