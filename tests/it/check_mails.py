"""Reads mails as their recipients' servers and programs do: Python's parser, and dkimpy for the signatures.

    check_mails.py FOLDER

FOLDER/expected.json says what each .eml file of the folder must hold. Prints what is wrong, one line each; exits 1 if anything is.
"""

import json
import re
import sys
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import SMTPUTF8, default
from pathlib import Path

import dkim


def wrong_with(data: bytes, expected: dict):
    """Yields what is wrong with a mail."""
    lines = data.split(b"\r\n")
    if any(len(line) > 998 for line in lines):
        yield "a line is longer than 998 octets"
    if re.search(rb"(?<!\r)\n|\r(?!\n)|\0", data):
        yield "a line ends otherwise than by CRLF, or there is a NUL"
    # Only an address that has no ASCII form may make a header that is not ASCII (RFC 6532).
    is_utf8 = not expected["to"].isascii()
    if not data.isascii() and not is_utf8:
        yield "it is not ASCII"
    message = message_from_bytes(data, policy=SMTPUTF8 if is_utf8 else default)
    yield from structure(message, is_utf8, expected["calendar"])
    yield from headers(message, expected, data)
    yield from bodies(message, expected)
    if expected["calendar"]:
        yield from calendar(message, **expected["calendar"])
    yield from signature(data, expected["dkim"])


def structure(message, is_utf8: bool, has_calendar: bool):
    for part in message.walk():
        for defect in part.defects:
            yield f"{part.get_content_type()}: {defect!r}"
        for name, value in part.items():
            for defect in getattr(value, "defects", ()):
                if not (is_utf8 and name == "To"):
                    yield f"{name}: {defect!r}"
    wanted = ["multipart/alternative", "text/plain", "text/html"]
    if has_calendar:
        wanted = ["multipart/mixed", *wanted, "text/calendar", "application/ics"]
    if [part.get_content_type() for part in message.walk()] != wanted:
        yield f"it is not {wanted}"


def headers(message, expected: dict, data: bytes):
    names = [name.lower() for name in message.keys()]
    wanted = ["from", "to", "subject", "date", "message-id", "mime-version", "content-type", "auto-submitted", "list-id"]
    if expected["thread"]:
        wanted += ["references", "in-reply-to"]
    if expected["reply_to"]:
        wanted += ["reply-to"]
    if expected["unsubscribe"]:
        wanted += ["list-unsubscribe", "list-unsubscribe-post"]
    if expected["dkim"]:
        wanted += ["dkim-signature"]
    if sorted(names) != sorted(wanted):
        yield f"its headers are {names}"
        return
    sender = message["From"].addresses
    if [one.addr_spec for one in sender] != [expected["from"]]:
        yield f"it is from {sender}"
    # Python's parser of addresses keeps the space between two encoded words (RFC 2047 drops it); its older decoder does not.
    name = str(make_header(decode_header(message_from_bytes(data)["From"]))).removesuffix(f"<{expected['from']}>").strip()
    if name != expected["name"]:
        yield f"its sender's name is {name!r}"
    if expected["to"].isascii():
        if [one.addr_spec for one in message["To"].addresses] != [expected["to"]]:
            yield f"it is to {message['To']}"
    elif f"\r\nTo: {expected['to']}\r\n".encode() not in data:
        yield "its recipient is not written in UTF-8"
    for name, value in [
        ("Subject", expected["subject"]),
        ("Message-ID", expected["message_id"]),
        ("List-Id", f"{expected['list']} <{expected['list_id']}>"),
        ("References", expected["thread"]),
        ("In-Reply-To", expected["thread"]),
        ("Reply-To", expected["reply_to"]),
        ("List-Unsubscribe", expected["unsubscribe"] and f"<{expected['unsubscribe']}>"),
        ("List-Unsubscribe-Post", expected["unsubscribe"] and "List-Unsubscribe=One-Click"),
        ("Auto-Submitted", "auto-generated"),
    ]:
        if message[name] != value:
            yield f"{name} is {message[name]!r}, not {value!r}"


def bodies(message, expected: dict):
    for kind in ("plain", "html"):
        part = message.get_body(preferencelist=(kind,))
        text = part.get_content()
        if part.get_content_charset() != "utf-8" or "\ufffd" in text:
            yield f"its {kind} text cannot be decoded"
        for said in expected["says"]:
            if said not in text:
                yield f"its {kind} text does not say {said!r}"


FILES = {"REQUEST": "invitation.ics", "CANCEL": "annulation.ics", "PUBLISH": "calendrier.ics"}


def calendar(message, method: str, ics: str):
    alternative, file = message.iter_parts()
    part = list(alternative.iter_parts())[-1]
    if (part.get_param("method"), part.get_content_charset(), part.get_filename()) != (method, "utf-8", None):
        yield f"its calendar is for {part['Content-Type']}"
    if (file.get_filename(), file.get_content_disposition(), file.get_param("name")) != (FILES[method], "attachment", FILES[method]):
        yield f"its file is {file.get_filename()}, {file['Content-Type']}"
    for which in (part, file):
        if which.get_payload(decode=True) != ics.encode():
            yield f"its {which.get_content_type()} is not the one that was given"


def signature(data: bytes, record: dict | None):
    if record is None:
        return

    def is_believed(some: bytes) -> bool:
        def dns(name, timeout=5):
            return record["text"].encode() if name == f"{record['name']}.".encode() else None

        try:
            return dkim.verify(some, dnsfunc=dns)
        except dkim.DKIMException as error:
            print(f"dkimpy: {error}", file=sys.stderr)
            return False

    if not is_believed(data):
        yield "its signature is not believed"
    # What a server on the way may do without harm.
    if not is_believed(b"Received: from a.example\r\n" + data.replace(b"\r\n ", b"\r\n\t") + b"\r\n\r\n"):
        yield "its signature does not survive the way"
    headers, body = data.split(b"\r\n\r\n", 1)
    for what, forged in [
        ("another text", headers + b"\r\n\r\n" + body.replace(b"--", b"..", 1)),
        ("another subject", re.sub(rb"\r\nSubject: ", b"\r\nSubject: Re ", data, count=1)),
        ("a second sender", b"From: a@b.example\r\n" + data),
        ("another recipient", re.sub(rb"\r\nTo: ", b"\r\nTo: x", data, count=1)),
        ("another type", re.sub(rb"\r\nContent-Type: multipart/\w+", b"\r\nContent-Type: multipart/related", data, count=1)),
        ("another link to stop it", b"List-Unsubscribe: <https://a.example>\r\n" + data.replace(b"\r\nList-Unsubscribe: ", b"\r\nX-Was: ", 1)),
    ]:
        if forged == data or is_believed(forged):
            yield f"its signature is believed of {what}"


def main(folder: Path) -> int:
    expected = json.loads((folder / "expected.json").read_text())
    files = sorted(path.name for path in folder.glob("*.eml"))
    found = [] if files == sorted(expected) else ["expected.json does not speak of every file"]
    for name in files:
        found += [f"{name}: {what}" for what in wrong_with((folder / name).read_bytes(), expected[name])]
    print("\n".join(found) or f"{len(files)} mails are as they should be")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
