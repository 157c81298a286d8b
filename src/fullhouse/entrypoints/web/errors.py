"""What can go wrong at the pages' own door."""

from fullhouse.kernel.errors import FullhouseError


class FromAnotherSite(FullhouseError):
    """A form was sent by a page that is not ours."""

    code = "cross_site"
    message = "This form came from another site."
