"""Errors of access control that exist only over HTTP."""

from fullhouse.kernel.errors import FullhouseError


class WrongOrganisation(FullhouseError):
    """The API key is valid, and belongs to another organisation."""

    code = "not_yours"
    message = "This API key is for another business. Use one of the business in the path."
