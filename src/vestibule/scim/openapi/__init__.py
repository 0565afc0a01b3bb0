"""An OpenAPI 3.1 description of a SCIM service provider, made of its own discovery documents.

``document`` puts it together; ``resources`` says what a resource and a message look like,
``paths`` what may be asked where. Nothing is known here but what /Schemas, /ResourceTypes and
/ServiceProviderConfig say, so that it describes any service provider's tenant as it is.
"""
