"""A module for each resource of the API."""

# Written from the OpenAPI document by `make docs`; changes here are lost.
