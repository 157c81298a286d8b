"""Errors of customers."""

from fullhouse.kernel.errors import FullhouseError, NotFound


class UnknownCustomer(NotFound):
    """No customer of this organisation has that id."""

    code = "unknown_customer"
    message = "There is no such customer. Choose one that the list of customers has."


class CustomerError(FullhouseError):
    """Base of what the state of a customer does not allow."""

    code = "customer_error"
    message = "This is not possible for this customer as it is. Fetch it again."


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
