"""SQLite: one file, one process that writes most of the time, and the command line beside it."""

SCHEMES = ("sqlite",)
