"""Ties to outside services: each person's Slack or Google account, as it was named and as it was found."""
