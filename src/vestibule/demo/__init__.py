"""The demonstration: a directory of three hundred people, provisioned into two products over HTTP.

It knows both sides, as ``app.py`` does, and plays each one's part through the same calls as
the command line.
"""
