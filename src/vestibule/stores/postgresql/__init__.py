"""PostgreSQL: any number of processes over one database, everything in a schema of its own."""

SCHEMES = ("postgresql", "postgres")
