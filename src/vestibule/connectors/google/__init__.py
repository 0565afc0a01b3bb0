"""Google Workspace: whose account is whose, by the Directory API."""
