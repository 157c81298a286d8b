"""MIME form of an e-mail (RFC 5322, RFC 2045): ASCII, and every header folded by ourselves.

The generator of `email` parses a header that it folds, and loses the quotes of a long name: the
rest of it is read as another mailbox. So header fields are written in `mime`, quoted or encoded
before they are folded. What is under them is written in `mime_content`.
"""

import re
from collections.abc import Sequence
from email.header import Header
from typing import Final

from fullhouse.integrations.mime_content import content_of
from fullhouse.kernel.text import one_line
from fullhouse.messages.model import Email
from fullhouse.people.model.contact import smtp_address

_LINE_CHARACTERS_MAX: Final = 78
"""RFC 5322 §2.1.1. Only a word that has no place to break is longer."""
_WORD_CHARACTERS_MAX: Final = _LINE_CHARACTERS_MAX - len("Message-ID: ")
"""So that a first word stands beside the name of its field; an encoded word may have 75."""
_ATOM: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")
_ENCODED_WORD: Final = "=?"
"""How an encoded word (RFC 2047) begins. Some programs decode it inside quotes as well."""


def mime_message(email: Email, sender: str, *, date: str) -> bytes:
    """Text, HTML and the calendar entry as its alternatives, and the calendar file attached."""
    reply_to = [("Reply-To", mailbox(email.sender_name, email.reply_to))] if email.reply_to else []
    domain = sender.rpartition("@")[2]
    fields: list[tuple[str, Sequence[str]]] = [
        ("From", mailbox(email.sender_name, sender)),
        ("To", (smtp_address(email.recipient),)),
        *reply_to,
        ("Subject", text_words(email.subject)),
        ("Date", date.split()),
        ("Message-ID", (f"<{email.message_id}@{domain}>",)),
        *_references(email, domain),
        ("Auto-Submitted", ("auto-generated",)),
        *_unsubscribing(email.unsubscribe_url),
    ]
    head = "".join(folded(name, words) for name, words in fields)
    return (head + content_of(email)).encode("ascii")


def _references(email: Email, domain: str) -> list[tuple[str, Sequence[str]]]:
    """The id of the conversation that the e-mail is of (RFC 5322 §3.6.4), which no e-mail has.

    Programs show all e-mails with it together. None is an answer, so there is no `In-Reply-To`.
    """
    if email.thread_id is None:
        return []
    return [("References", (f"<{email.thread_id}@{domain}>",))]


def _unsubscribing(url: str) -> list[tuple[str, Sequence[str]]]:
    """The fields by which a mail program unsubscribes with one request (RFC 8058)."""
    if not url:
        return []
    return [
        ("List-Unsubscribe", (f"<{url}>",)),
        ("List-Unsubscribe-Post", ("List-Unsubscribe=One-Click",)),
    ]


def mailbox(name: str, address: str) -> tuple[str, ...]:
    """Words of a mailbox with a display name (RFC 5322 §3.4)."""
    return (*_phrase(one_line(name)), f"<{smtp_address(address)}>")


def text_words(text: str) -> Sequence[str]:
    """Words of an unstructured field, such as the subject."""
    words = one_line(text).split(" ")
    fits = all(word.isascii() and len(word) <= _WORD_CHARACTERS_MAX for word in words)
    return words if fits and _ENCODED_WORD not in text else _encoded_words(" ".join(words))


def folded(field: str, words: Sequence[str]) -> str:
    """The header field: its words on lines of at most 78 characters, broken only between words.

    The first word stays beside the name: some programs lose an id or a subject after an empty line.
    """
    first, *others = words or ("",)
    lines = [f"{field}: {first}"]
    for word in others:
        if len(lines[-1]) + 1 + len(word) <= _LINE_CHARACTERS_MAX:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    return "\r\n".join((*lines, ""))


def _phrase(name: str) -> Sequence[str]:
    """A display name as atoms, as quoted strings, or as encoded words; nothing for no name."""
    words = name.split()
    if not name.isascii() or _ENCODED_WORD in name:
        return _encoded_words(name)
    if not all(map(_ATOM.fullmatch, words)):
        words = _quoted_strings(words)
    fits = all(len(word) <= _WORD_CHARACTERS_MAX for word in words)
    return words if fits else _encoded_words(name)


def _quoted_strings(words: Sequence[str]) -> list[str]:
    """The words in as few quoted strings as fit a line each, read with spaces between them.

    No line is folded inside one: the older parser of Python ends a quoted string there.
    """
    quoted: list[str] = []
    for word in words:
        escaped = re.sub(r'([\\"])', r"\\\1", word)
        if quoted and len(quoted[-1]) + 1 + len(escaped) <= _WORD_CHARACTERS_MAX:
            quoted[-1] = f'{quoted[-1][:-1]} {escaped}"'
        else:
            quoted.append(f'"{escaped}"')
    return quoted


def _encoded_words(text: str) -> Sequence[str]:
    return Header(text, "utf-8", maxlinelen=_WORD_CHARACTERS_MAX).encode().split()
