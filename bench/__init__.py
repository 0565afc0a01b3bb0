"""The project's own benchmark: ``python -m bench`` (``make bench``).

One run holds everything that is compared: the real server with all shipped defaults on, a
bare uvicorn answer and bare commits, on PostgreSQL bare reads too, small and large alternated. Ratios hold from
machine to machine; absolute figures do not.
"""
