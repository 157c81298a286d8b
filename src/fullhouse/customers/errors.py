"""Errors of customers."""

from fullhouse.kernel.errors import FullhouseError, NotFound


class UnknownCustomer(NotFound):
    """No customer of this organisation has that id."""

    code = "unknown_customer"
    message = "There is no such customer. Search by name, e-mail address or telephone number."


class CustomerError(FullhouseError):
    """Base of what the state of a customer does not allow."""


class AlreadyMerged(CustomerError):
    """The customer is a part of another one already."""

    code = "already_merged"
    message = "This customer was merged already. Fetch the customers again and repeat your change."


class NothingMerged(CustomerError):
    """No customer was merged into this one."""

    code = "nothing_merged"
    message = "No customer was merged into this one. Fetch it again."


class CustomerExpected(CustomerError):
    """The customer cannot be erased yet: `coming` bookings or waiting-list entries are to come."""

    code = "customer_expected"
    message = "This customer has bookings to come. Cancel them first, or wait until they are over."
    coming: int
