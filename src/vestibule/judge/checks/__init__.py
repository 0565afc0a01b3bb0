"""The checks, a module for each topic: the folder is the list."""
