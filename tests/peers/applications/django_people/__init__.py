"""The application whose people django-scim2 serves."""
