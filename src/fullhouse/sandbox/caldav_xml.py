"""The XML of WebDAV and CalDAV: what a request asks for, and answers with several states."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as ET

from fullhouse.kernel.errors import InvalidInput

DAV: Final = "{DAV:}"
CAL: Final = "{urn:ietf:params:xml:ns:caldav}"
CS: Final = "{http://calendarserver.org/ns/}"
_FORMAT: Final = "%Y%m%dT%H%M%SZ"

_PREFIXES: Final = {"D": DAV, "C": CAL, "CS": CS}

Element = ET.Element
Properties = Mapping[str, Element | str | None]
"""By name; an element stands for itself, a text or nothing for the element's content."""


@dataclass(frozen=True, slots=True)
class Responded:
    """One address of a multistatus answer; without properties only its status."""

    href: str
    properties: Properties | None = None
    status: str = "HTTP/1.1 404 Not Found"


def parsed(body: bytes) -> Element | None:
    """The root of a body, None for an empty one; raises `InvalidInput`.

    A document type is refused: with it goes every entity that could expand.
    """
    if not body.strip():
        return None
    if b"<!" in body.replace(b"<![CDATA[", b"").replace(b"<!--", b""):
        raise InvalidInput("The XML has a document type.", field="body")
    try:
        return ET.fromstring(body)  # noqa: S314 - without a document type  # nosec B314
    except ET.ParseError:
        raise InvalidInput("The body is no XML.", field="body") from None


def asked_properties(root: Element | None) -> list[str] | None:
    """Names of the properties that are asked for; None for all."""
    found = None if root is None else root.find(f"{DAV}prop")
    return None if found is None else [each.tag for each in found]


def time_range(root: Element) -> tuple[datetime | None, datetime | None] | None:
    """The bounds of a `calendar-query`, of which one may be open; None without any."""
    found = next(root.iter(f"{CAL}time-range"), None)
    if found is None:
        return None
    try:
        start, end = (_utc(found.get(name)) for name in ("start", "end"))
    except ValueError:
        raise InvalidInput("A time-range has bounds in UTC.", field="time-range") from None
    return start, end


def asked_component(root: Element) -> str | None:
    """The component within VCALENDAR that a `calendar-query` asks for."""
    names = [each.get("name", "") for each in root.iter(f"{CAL}comp-filter")]
    return next((name for name in names if name != "VCALENDAR"), None)


def multistatus(
    responses: Iterable[Responded], names: list[str] | None, *, sync_token: str = ""
) -> bytes:
    """The answer 207; a property that there is not is named as missing, if it was asked for."""
    root = Element(f"{DAV}multistatus")
    for each in responses:
        response = ET.SubElement(root, f"{DAV}response")
        ET.SubElement(response, f"{DAV}href").text = each.href
        if each.properties is None:
            ET.SubElement(response, f"{DAV}status").text = each.status
            continue
        known = [name for name in names or each.properties if name in each.properties]
        missing = [name for name in names or () if name not in each.properties]
        _add_properties(response, "HTTP/1.1 200 OK", {key: each.properties[key] for key in known})
        _add_properties(response, "HTTP/1.1 404 Not Found", dict.fromkeys(missing))
    if sync_token:
        ET.SubElement(root, f"{DAV}sync-token").text = sync_token
    return document(root)


def document(root: Element) -> bytes:
    """An XML document in UTF-8."""
    for prefix, space in _PREFIXES.items():
        ET.register_namespace(prefix, space[1:-1])
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def precondition(name: str) -> bytes:
    """The body of a refusal, by the name of what does not hold (RFC 4918 §16)."""
    root = Element(f"{DAV}error")
    ET.SubElement(root, name)
    return document(root)


def href_within(name: str, href: str) -> Element:
    """A property whose value is an address."""
    element = Element(name)
    ET.SubElement(element, f"{DAV}href").text = href
    return element


def kinds(name: str, *inner: Element | str) -> Element:
    """A property with empty elements in it, such as `resourcetype`."""
    element = Element(name)
    for each in inner:
        element.append(Element(each) if isinstance(each, str) else each)
    return element


def _add_properties(response: Element, status: str, properties: Properties) -> None:
    if not properties:
        return
    state = ET.SubElement(response, f"{DAV}propstat")
    inside = ET.SubElement(state, f"{DAV}prop")
    for name, value in properties.items():
        if isinstance(value, Element):
            inside.append(value)
        else:
            ET.SubElement(inside, name).text = value
    ET.SubElement(state, f"{DAV}status").text = status


def _utc(text: str | None) -> datetime | None:
    if text is None:
        return None
    return datetime.strptime(f"{text}+0000", f"{_FORMAT}%z")
