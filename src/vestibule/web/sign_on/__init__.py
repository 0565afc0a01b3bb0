"""``/sso/…``: what browsers, identity providers and the product ask of sign-on. The rules are ``sign_on``'s."""
