"""Erasing a person: what goes and what stays, and every place of the log that speaks of them."""
