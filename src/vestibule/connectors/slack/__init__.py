"""Slack: whose account is whose, by the Web API."""
