"""Errors of access control that exist only over HTTP."""

from fullhouse.kernel.errors import FullhouseError


class WrongOrganisation(FullhouseError):
    """The API key is valid, and belongs to another organisation."""

    code = "not_yours"
    message = "This API key is for another business."


class CrossSiteRequest(FullhouseError):
    """A change came from a page of another web site."""

    code = "cross_site"
    message = "Changes are made from this site's own pages."
