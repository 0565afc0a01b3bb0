"""Other people's SCIM servers, to try the judge on."""
