"""The application catalogue: a ``.toml`` file of this folder is an application that can be added by name."""
