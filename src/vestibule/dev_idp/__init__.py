"""An identity provider for development: a form with people's names, and signed SAML responses. Never for real sign-on."""
