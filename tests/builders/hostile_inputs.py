"""Tables of hostile input: texts, JSON tokens, headers, forms, queries and methods."""

from collections.abc import Mapping
from typing import Final

from tests.builders.raw_requests import RawHeaders

DIGITS: Final = "9" * 5_000
"""More digits than Python converts: `int` raises `ValueError` past 4,300."""
_LONG: Final = b"a" * 8_000
_DIGITS: Final = DIGITS.encode()

TEXTS: Final = (
    *("", " ", "\x00", "a\x00b", "\x7f", "\u2028", "\ud800", "\U0010ffff", "é" * 50, "a" * 300),
    *("../../etc/passwd", "..", ".", "//", "%", "%zz", "%00", "\ufffd", "<script>", "\r\nX: 1"),
    *("0", "-1", "+1", "1_0", "0x10", "1e999", "1e99999", "1e999999999", "NaN", "sNaN"),
    *("Infinity", "-Infinity", "99999999999999999999", DIGITS, "¹", "٣", "1.5", ",5", "true"),
    *("null", "[]", "{}", "0001-01-01", "9999-12-31", "2027-02-30", "0000-00-00", "2027-W01-1"),
    *("20270612", "-1-1-1", "9999-12-31T23:59", "1000-01-01T00:00", "2027-06-12T24:00"),
    *("2027-06-12T08:30+24:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"),
    *("2027-06-12T08:30:60Z", "00000000-0000-0000-0000-000000000000", "{" + "0" * 32 + "}"),
    *("urn:uuid:" + "f" * 32, "AAAAAAAA", "sunflowers", "meadow", "'; DROP--", "a@b"),
    *(f"{at}~{0:032x}" for at in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59")),
    "+" + "9" * 39,
    *("en-XX-ZZZZ", "Europe/London\x00", "../London", "FREQ=DAILY;UNTIL=00010101"),
    "FREQ=SECONDLY",
)  # fmt: skip

TOKENS: Final = (
    *("null", "true", "0", "-1", "1.5", "1e400", "-1e400", "1E-400", "NaN", "Infinity", "-0.0"),
    *(DIGITS, "-" + DIGITS, "0." + DIGITS, "9223372036854775808", "2147483648"),
    *("18446744073709551616", '"\\ud800"', '"\\ud800\\ud800"', '"\\udc00"', '"\\u0000"'),
    *('"a\\u0000b"', '"\\uffff"', '"\\x"', "[]", "[[]]", "{}", '{"a":{"b":[]}}', '["\\u0000"]'),
    *("[" * 5_000 + "]" * 5_000, '{"a":' * 900 + "1" + "}" * 900, '{"\\u0000":"a"}', "", '""'),
    *('{"a":1,"a":2}', '"' + "a" * 60_000 + '"', "'a'"),
)

_VALUES: Final[Mapping[bytes, tuple[bytes, ...]]] = {
    b"host": (
        *(b"x:y", b"127.0.0.1:99999", b"", b"[", b"[::1", b"[::1]:x", b"\xff", b"a b", _LONG),
        *(b"x:-1", b"user@x", b"x/../y", b"x,y", b"\x00", b"%00", b"x:" + _DIGITS),
    ),
    b"origin": (
        *(b"http://[", b"http://[::1", b"null", b"", b"\xff", b"http://a:99999", b"://", _LONG),
        *(b"http://]", b"http://\xe2\x84\x80", b"javascript:", b"http://[v1.x]", b"http://x:y"),
    ),
    b"sec-fetch-site": (b"", b"\xff", b"same-origin, cross-site"),
    b"content-length": (b"-5", b"", _DIGITS, b"\xb2", b"1, 1", b"+1", b"0x1", b"1e9", b" "),
    b"content-type": (
        *(b"", b"\xff", b";", b"text/plain", b"application/json; charset=\xff", _LONG),
        *(b"multipart/form-data", b"multipart/form-data; boundary="),
        b"multipart/mixed; boundary=x",
        *(b"application/x-www-form-urlencoded; charset=utf-16", b"text/calendar; charset=latin-1"),
    ),
    **dict.fromkeys(
        (b"if-match", b"if-none-match", b"range", b"if-range"),
        (
            *(b"", b"*", b'"', b'""', b"\xff", b'"' + _DIGITS + b'"', b'"99999999999999999999"'),
            *(b'W/"x", *, "', b'"\xb2"', b"bytes=" + _DIGITS + b"-", b'"-1"', b"," * 8_000, b'"0"'),
        ),
    ),
    b"accept-language": (
        *(b"", b"\xff", b"xx;q=nan, *;q=9", b"de;q=", b"de;q=1e999", b"-", b"_", b"de-" * 2_000),
        *(b"de;q=" + _DIGITS, b"," * 8_000, _LONG, b"de_DE@x", b"x-\x00"),
    ),
    b"cookie": (
        *(b"", b"\xff", b"=", b";;;", b"lang=\xff", b"lang=" + _LONG, b"theme=\x00", b"source=%"),
        *(b"fullhouse_staff=", b"fullhouse_staff=\xff; ;;=;", b'fullhouse_staff="'),
        b"lang=de-\xff",
        *(b"fullhouse_staff=" + _LONG, b"fullhouse_staff=a\x00b", b"a=b; " * 1_500),
    ),
    b"authorization": (
        *(b"", b"Bearer", b"Bearer ", b"Bearer \xff", b"Basic QTpC", b"Bearer " + _LONG, b"\x00"),
    ),
    b"idempotency-key": (b"", b"\xff", b" ", _LONG, b"\x00", b"a b"),
    b"x-request-id": (b"", b"\x80", b"{", b"0" * 32, _LONG),
    b"x-forwarded-for": (b"", b"::::, 999.1.1.1", b"\xff", b"," * 8_000),
    b"x-forwarded-proto": (b"", b"\xff", b"https, http"),
    b"forwarded": (b"", b"for=[", b"\xff", b'for="[::1]:99999";proto=\x00'),
    b"referer": (b"", b"http://[", b"\xff", _LONG),
    b"transfer-encoding": (b"chunked, \xff",),
    b"expect": (b"\xff",),
    b"accept": (b"\xff;q=x",),
    b"upgrade": (b"\xff",),
}  # fmt: skip

HEADERS: Final[tuple[RawHeaders, ...]] = (
    *(((name, value),) for name, values in _VALUES.items() for value in values),
    *(((name, b"a"), (name, b"b")) for name in _VALUES),
    tuple((b"x-%d" % n, b"y") for n in range(500)),
)

FORMS: Final = (
    *(b"", b"=", b"&&&", b"%", b"%zz=%zz", b"a=b&a=c", b"\xff\xfe", b"a" * 60_000, b"a=" * 20_000),
    *(b"slot=%00", b"slot=%ff", b"%00=1", b"\x00", b"slot=%ed%a0%80", b"query=%00%26&row.a=1"),
    b"row.a=1&query="
    + b"%26".join(b"%s%%3D%%2500" % n for n in (b"q", b"after", b"status", b"day")),
    *(
        b"--x\r\n",
        b"--x--",
        b'--x\r\nContent-Disposition: form-data; name="slot\r\n\r\n\x00\r\n--x',
    ),
    *(b"&".join(b"row.%d=1" % n for n in range(60)), b"row.=1", b"row.\xff=1", b"row.%00=1"),
)

_PART: Final = b'--x\r\nContent-Disposition: form-data; name="slot"'
MULTIPARTS: Final = tuple(
    (b"multipart/form-data" + parameters, body)
    for parameters in (b"; boundary=x", b'; boundary="x"', b"; boundary=", b"", b"; boundary=\xff")
    for body in (
        *(_PART + b"\r\n\r\na\r\n--x--\r\n", b"--x--\r\n", b"--x\r\n\r\n\r\n--x--", b"--x", b""),
        _PART
        + b'; filename="../../a.ics"\r\nContent-Type: text/calendar\r\n\r\n\x00\xff\r\n--x--\r\n',
        _PART
        + b"\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n--x--\r\n--x--\r\n",
        _PART + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n====\r\n--x--\r\n",
        *(_PART + b"\r\nX: " + b"a" * 20_000, (_PART + b"\r\n\r\n\r\n") * 800 + b"--x--\r\n"),
    )
)
"""Types with bodies, of which no form and no operation takes any."""

METHODS: Final = ("HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "G" * 300, "\x00")

QUERIES: Final = ("&" * 900, "=", "%", "a=%ff%fe", "\x00", "a=1&" * 100, "%00=%00", "é=é")

QUERY_NAMES: Final = (
    *("from", "to", "party", "step", "cursor", "limit", "status", "token", "t", "date", "day"),
    *("month", "slot", "lang", "q", "sort", "after", "done", "count", "undo", "offering", "query"),
    *("utm_source", "venue", "kind"),
)
