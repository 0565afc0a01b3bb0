"""``/api/v1`` of the sending side: the directory, applications, assignments, push groups, plans and runs.

The frame and the conventions are those of ``web/api``; a module of ``resources/`` is a resource here too. What an
operation does is done by ``provisioning/desk.py``, as for the console and the command line: the audit trail names
``api:NAME``. Its tokens are its own (``vestibule directory token issue``); the receiving side is not known here.
"""
