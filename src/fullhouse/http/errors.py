"""Errors that exist only over HTTP, the same for API and pages."""

from fullhouse.kernel.errors import FullhouseError, TransientError


class HttpError(FullhouseError):
    """The request is not acceptable as HTTP."""

    code = "bad_request"
    message = "This is not a valid HTTP request. Correct it and send it again."


class BadHost(HttpError):
    """The header that names the host (RFC 9112 §3.2) names none, or several."""

    code = "bad_host"
    message = "The Host header names no host. Send one with the name of this server."


class RouteNotFound(HttpError):
    """No route has this path."""

    code = "not_found"
    message = "There is nothing at this address. Check the path in the documentation at /docs."


class MethodNotAllowed(HttpError):
    """The path exists, and not with this method; `allow` lists the methods that it has."""

    code = "method_not_allowed"
    message = "This address does not take that method. Use one that the header Allow names."
    allow: str


class MetricsTokenRequired(FullhouseError):
    """The metrics are for who has their token, or is on the machine itself."""

    code = "metrics_token_required"
    message = "Send the token that this installation has for metrics, as a bearer token."


class CrossSiteRequest(FullhouseError):
    """A change came from a page of another web site."""

    code = "cross_site"
    message = (
        "This change came from a page of another site. Make it on this site's own pages, or "
        "send an API key."
    )


class BodyTooLarge(HttpError):
    """The body is longer than this route takes."""

    code = "too_large"
    message = "The body is too large. Send a smaller one."
    bytes_max: int


class WrongMediaType(HttpError):
    """The body is of a media type, or in a coding, that is not taken here."""

    code = "unsupported_media_type"
    message = "Send another media type."
    sent: str


class RequestTimedOut(HttpError):
    """The body did not arrive within `REQUEST_SECONDS_MAX`."""

    code = "request_timeout"
    message = "The body did not arrive in time. Send the request again."


class ResponseTimedOut(TransientError):
    """The handler took longer than its route allows. A write may have been carried out."""

    code = "timed_out"
    message = "This took too long. Repeat it in a moment, with the same key."


class ClientDisconnected(HttpError):
    """The client closed the connection before its request was complete; no answer is read."""

    code = "client_left"
    message = "The client left before its request was complete. Send the request again."


class TooManyRequests(TransientError):
    """The rate limit of this client is reached."""

    code = "too_many_requests"
    message = (
        "You send requests faster than they can be answered. Wait as long as Retry-After says."
    )
