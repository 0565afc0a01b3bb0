"""Directory sources: a module of this folder with a ``SOURCE`` is a kind of source, named as the module."""
