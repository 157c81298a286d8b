"""A CalDAV server (RFC 4791, 6578): calendars of anybody, without recurrence in its queries."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, unquote

from msgspec import Struct
from typing_extensions import override

from fullhouse.kernel.errors import InvalidInput, NotFound
from fullhouse.sandbox.caldav_store import CalendarCollection, CalendarObject, calendar_object
from fullhouse.sandbox.caldav_xml import (
    CAL,
    CS,
    DAV,
    Element,
    Properties,
    Responded,
    asked_component,
    asked_properties,
    href_within,
    kinds,
    multistatus,
    parsed,
    precondition,
    time_range,
)
from fullhouse.sandbox.limits import STORED_ITEMS_MAX
from fullhouse.sandbox.provider import (
    Call,
    Handler,
    Provider,
    ProviderAnswer,
    Routes,
    Service,
    ServiceConfig,
)

_XML: Final = "application/xml; charset=utf-8"
_ICS: Final = "text/calendar; charset=utf-8"
_TOKEN: Final = "https://sandbox.example/sync/"  # noqa: S105 - the beginning of sync tokens
_METHODS: Final = "OPTIONS, GET, PUT, DELETE, PROPFIND, REPORT, MKCALENDAR"
_ANYBODY: Final = "sandbox"


class CaldavConfig(ServiceConfig, frozen=True, forbid_unknown_fields=True):
    """`key` is the password that everybody must have, if any."""

    key: str = ""


class StoredObject(Struct, frozen=True):
    """An object as the control lists it."""

    href: str
    etag: str
    text: str


@dataclass(slots=True)
class CaldavService(Service):
    """Calendars at `/calendars/{user}/{calendar}/`; the user is that of Basic authentication."""

    provider: Provider
    config: ServiceConfig = field(default_factory=CaldavConfig)
    calendars: dict[tuple[str, str], CalendarCollection] = field(default_factory=dict)

    @property
    @override
    def acts_when_lying(self) -> bool:
        return False

    @override
    def routes(self) -> Routes:
        home, calendar = "/calendars/{user}/", "/calendars/{user}/{calendar}/"
        item = calendar + "{name}"
        paths: dict[tuple[str, str], Callable[[Call], ProviderAnswer]] = {
            ("PROPFIND", "/"): self.find_root,
            ("PROPFIND", "/principals/{user}/"): self.find_principal,
            ("PROPFIND", home): self.find_home,
            ("MKCALENDAR", calendar): self.make_calendar,
            ("PROPFIND", calendar): self.find_calendar,
            ("REPORT", calendar): self.report,
            ("DELETE", calendar): self.delete_calendar,
            ("PUT", item): self.put,
            ("GET", item): self.get,
            ("DELETE", item): self.delete,
            ("PROPFIND", item): self.find_object,
        }
        paths |= {
            ("OPTIONS", path): _options
            for path in ("/", "/principals/{user}/", home, calendar, item)
        }
        return {key: self._admitted(handle) for key, handle in paths.items()}

    @override
    def error(self, status: int, text: str) -> ProviderAnswer:
        return ProviderAnswer(status, f"{text}\n".encode(), "text/plain; charset=utf-8")

    @override
    def state(self) -> Mapping[str, Sequence[object]]:
        return {
            "objects": [
                StoredObject(self._href(user, calendar, name), each.etag, each.text)
                for (user, calendar), held in self.calendars.items()
                for name, each in held.objects.items()
            ]
        }

    @override
    def clear(self) -> None:
        self.calendars.clear()

    def find_root(self, call: Call) -> ProviderAnswer:
        """Who asks, and where their calendars are."""
        return _found(call, [Responded(self._href(), self._principal(_user_of(call)))])

    def find_principal(self, call: Call) -> ProviderAnswer:
        """Where the calendars of a user are."""
        user = call.parts["user"]
        return _found(call, [Responded(self._href(user, kind="principals"), self._principal(user))])

    def find_home(self, call: Call) -> ProviderAnswer:
        """The calendars of a user."""
        user = call.parts["user"]
        properties = self._principal(user) | {f"{DAV}resourcetype": _collection()}
        listed = [Responded(self._href(user), properties)]
        if call.headers.get("depth", "1") != "0":
            listed += [
                Responded(self._href(user, name), self._of_calendar(user, held))
                for (owner, name), held in self.calendars.items()
                if owner == user
            ]
        return _found(call, listed)

    def make_calendar(self, call: Call) -> ProviderAnswer:
        """Make an empty calendar."""
        key, root = _key(call), parsed(call.body)
        if key in self.calendars or len(self.calendars) >= STORED_ITEMS_MAX:
            return self.error(HTTPStatus.METHOD_NOT_ALLOWED, "There is one already")
        found = None if root is None else next(root.iter(f"{DAV}displayname"), None)
        name = key[1] if found is None else found.text or key[1]
        self.calendars[key] = CalendarCollection(name)
        return ProviderAnswer(HTTPStatus.CREATED)

    def find_calendar(self, call: Call) -> ProviderAnswer:
        """A calendar, and with depth 1 its objects."""
        (user, name), held = _key(call), self._calendar(call)
        listed = [Responded(self._href(user, name), self._of_calendar(user, held))]
        if call.headers.get("depth", "1") != "0":
            listed += self._objects(call, held.objects)
        return _found(call, listed)

    def report(self, call: Call) -> ProviderAnswer:
        """Objects of a time, objects by address, or what has changed."""
        root, held = parsed(call.body), self._calendar(call)
        match None if root is None else root.tag:
            case "{urn:ietf:params:xml:ns:caldav}calendar-query":
                assert root is not None
                return _found(call, self._objects(call, _queried(root, held)))
            case "{urn:ietf:params:xml:ns:caldav}calendar-multiget":
                assert root is not None
                return _found(call, _by_href(root, held))
            case "{DAV:}sync-collection":
                assert root is not None
                return self._changes(call, root, held)
            case _:
                body = precondition(f"{DAV}supported-report")
                return ProviderAnswer(HTTPStatus.FORBIDDEN, body, _XML)

    def delete_calendar(self, call: Call) -> ProviderAnswer:
        """A calendar with all its objects."""
        self._calendar(call)
        del self.calendars[_key(call)]
        return ProviderAnswer(HTTPStatus.NO_CONTENT)

    def put(self, call: Call) -> ProviderAnswer:
        """Store an object, if it is as its client knows it."""
        held, name = self._calendar(call), call.parts["name"]
        known = held.objects.get(name)
        if not _is_expected(call, known):
            return self.error(HTTPStatus.PRECONDITION_FAILED, "It has been changed since")
        try:
            stored = calendar_object(call.body, held.count + 1)
        except InvalidInput:
            body = precondition(f"{CAL}valid-calendar-data")
            return ProviderAnswer(HTTPStatus.FORBIDDEN, body, _XML)
        if held.holder_of(stored.uid) not in {None, name}:
            body = precondition(f"{CAL}no-uid-conflict")
            return ProviderAnswer(HTTPStatus.CONFLICT, body, _XML)
        held.put(name, stored)
        status = HTTPStatus.CREATED if known is None else HTTPStatus.NO_CONTENT
        return ProviderAnswer(status, headers={"ETag": stored.etag})

    def get(self, call: Call) -> ProviderAnswer:
        """One object."""
        found = self._object(call)
        return ProviderAnswer(200, found.text.encode(), _ICS, {"ETag": found.etag})

    def delete(self, call: Call) -> ProviderAnswer:
        """Remove an object, if it is as its client knows it."""
        if not _is_expected(call, self._object(call)):
            return self.error(HTTPStatus.PRECONDITION_FAILED, "It has been changed since")
        self._calendar(call).remove(call.parts["name"])
        return ProviderAnswer(HTTPStatus.NO_CONTENT)

    def find_object(self, call: Call) -> ProviderAnswer:
        """The properties of one object."""
        return _found(call, self._objects(call, {call.parts["name"]: self._object(call)}))

    def _admitted(self, handle: Callable[[Call], ProviderAnswer]) -> Handler:
        async def handler(call: Call) -> ProviderAnswer:
            assert isinstance(self.config, CaldavConfig)
            if self.config.key and _password_of(call) != self.config.key:
                refused = self.error(HTTPStatus.UNAUTHORIZED, "Sign in")
                asks = {"WWW-Authenticate": 'Basic realm="Sandbox"'}
                return ProviderAnswer(refused.status, refused.body, refused.content_type, asks)
            try:
                return handle(call)
            except NotFound as error:
                return self.error(HTTPStatus.NOT_FOUND, error.detail)

        return handler

    def _href(self, *parts: str, kind: str = "calendars") -> str:
        """The address of a calendar or object, or of the root without parts."""
        base = f"/{self.provider.name}/"
        if not parts:
            return base
        path = "/".join(quote(part, safe="") for part in parts)
        is_object = len(parts) == 3  # noqa: PLR2004 - user, calendar, name
        return f"{base}{kind}/{path}" + ("" if is_object else "/")

    def _calendar(self, call: Call) -> CalendarCollection:
        found = self.calendars.get(_key(call))
        if found is None:
            raise NotFound("There is no such calendar.")
        return found

    def _object(self, call: Call) -> CalendarObject:
        found = self._calendar(call).objects.get(call.parts["name"])
        if found is None:
            raise NotFound("There is no such object.")
        return found

    def _principal(self, user: str) -> dict[str, Element | str | None]:
        address = self._href(user, kind="principals")
        return {
            f"{DAV}resourcetype": kinds(f"{DAV}resourcetype", f"{DAV}principal"),
            f"{DAV}displayname": user,
            f"{DAV}current-user-principal": href_within(f"{DAV}current-user-principal", address),
            f"{DAV}principal-URL": href_within(f"{DAV}principal-URL", address),
            f"{CAL}calendar-home-set": href_within(f"{CAL}calendar-home-set", self._href(user)),
        }

    def _of_calendar(self, user: str, held: CalendarCollection) -> Properties:
        component = Element(f"{CAL}comp", {"name": "VEVENT"})
        reports = [f"{CAL}calendar-query", f"{CAL}calendar-multiget", f"{DAV}sync-collection"]
        name = f"{DAV}supported-report-set"
        return {
            f"{DAV}resourcetype": _collection(f"{CAL}calendar"),
            f"{DAV}displayname": held.display_name,
            f"{DAV}owner": href_within(f"{DAV}owner", self._href(user, kind="principals")),
            f"{DAV}sync-token": f"{_TOKEN}{held.count}",
            f"{CS}getctag": f"{held.count}",
            f"{CAL}supported-calendar-component-set": kinds(
                f"{CAL}supported-calendar-component-set", component
            ),
            name: kinds(
                name,
                *(kinds(f"{DAV}supported-report", kinds(f"{DAV}report", each)) for each in reports),
            ),
        }

    def _objects(self, call: Call, objects: Mapping[str, CalendarObject]) -> list[Responded]:
        return [
            Responded(self._href(*_key(call), name), _of_object(each))
            for name, each in objects.items()
        ]

    def _changes(self, call: Call, root: Element, held: CalendarCollection) -> ProviderAnswer:
        token = (root.findtext(f"{DAV}sync-token") or "").strip()
        count = token.removeprefix(_TOKEN) or "0"
        if not count.isdecimal() or int(count) > held.count:
            body = precondition(f"{DAV}valid-sync-token")
            return ProviderAnswer(HTTPStatus.FORBIDDEN, body, _XML)
        changed = [
            Responded(self._href(*_key(call), name), None if each is None else _of_object(each))
            for name, each in held.since(int(count))
            if each is not None or token
        ]
        newest = f"{_TOKEN}{held.count}"
        names = asked_properties(root)
        return ProviderAnswer(207, multistatus(changed, names, sync_token=newest), _XML)


def _options(_call: Call) -> ProviderAnswer:
    return ProviderAnswer(200, headers={"DAV": "1, 3, calendar-access", "Allow": _METHODS})


def _found(call: Call, responses: Sequence[Responded]) -> ProviderAnswer:
    names = asked_properties(parsed(call.body))
    return ProviderAnswer(HTTPStatus.MULTI_STATUS, multistatus(responses, names), _XML)


def _queried(root: Element, held: CalendarCollection) -> Mapping[str, CalendarObject]:
    component, bounds = asked_component(root), time_range(root)
    return {
        name: each
        for name, each in held.objects.items()
        if component in {None, each.component} and (bounds is None or each.is_within(*bounds))
    }


def _by_href(root: Element, held: CalendarCollection) -> list[Responded]:
    hrefs = [each.text or "" for each in root.findall(f"{DAV}href")]
    found = [(href, held.objects.get(unquote(href.rpartition("/")[2]))) for href in hrefs]
    return [Responded(href, None if each is None else _of_object(each)) for href, each in found]


def _of_object(found: CalendarObject) -> Properties:
    return {
        f"{DAV}resourcetype": Element(f"{DAV}resourcetype"),
        f"{DAV}getetag": found.etag,
        f"{DAV}getcontenttype": f"{_ICS}; component={found.component}",
        f"{CAL}calendar-data": found.text,
    }


def _collection(*more: str) -> Element:
    return kinds(f"{DAV}resourcetype", f"{DAV}collection", *more)


def _is_expected(call: Call, known: CalendarObject | None) -> bool:
    """By `If-Match` and `If-None-Match`."""
    expected, none = call.headers.get("if-match"), call.headers.get("if-none-match")
    if none == "*" and known is not None:
        return False
    return expected is None or (known is not None and expected in {"*", known.etag})


def _key(call: Call) -> tuple[str, str]:
    return call.parts["user"], call.parts["calendar"]


def _credentials(call: Call) -> tuple[str, str]:
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode() if scheme == "Basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    user, _, password = text.partition(":")
    return user, password


def _user_of(call: Call) -> str:
    return _credentials(call)[0] or _ANYBODY


def _password_of(call: Call) -> str:
    return _credentials(call)[1]
