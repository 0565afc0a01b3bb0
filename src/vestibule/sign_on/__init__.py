"""Single sign-on: what an identity provider asserts → the provisioned person, or both values side by side."""
