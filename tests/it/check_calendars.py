"""Reads calendars as Python programs do, with PyPI's icalendar.

    check_calendars.py FOLDER

Beside each .ics file of FOLDER, a .json file says which events it holds (tests/it/support/ical.rs). Prints what is wrong, one line each;
exits 1 if anything is, or if there is no calendar.
"""

import json
import re
import sys
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import unquote

from icalendar import Calendar


def wrong_with(data: bytes, expected: dict):
    """Yields what is wrong with a calendar."""
    lines = data.split(b"\r\n")
    if lines.pop() != b"" or re.search(rb"(?<!\r)\n|\r(?!\n)", data):
        yield "a line ends otherwise than by CRLF"
    for line in lines:
        if len(line) > 75:
            yield f"a line has {len(line)} octets: {line!r}"
        try:
            line.decode()
        except UnicodeDecodeError:
            yield f"a line is cut within a character: {line!r}"
    calendar = Calendar.from_ical(data)
    for component in calendar.walk():
        for error in component.errors:
            yield f"{component.name}: {error}"
    if calendar.get("METHOD") != expected["method"]:
        yield f"its method is {calendar.get('METHOD')}"
    zones = {str(zone["TZID"]): zone for zone in calendar.walk("VTIMEZONE")}
    events = calendar.walk("VEVENT")
    if len(zones) != len(calendar.walk("VTIMEZONE")):
        yield "a zone is defined twice"
    if [str(event["UID"]) for event in events] != [one["uid"] for one in expected["events"]]:
        yield f"its events are {[str(event['UID']) for event in events]}"
        return
    used = set()
    for event, one in zip(events, expected["events"]):
        yield from times(event, one, zones, used)
        yield from values(event, one)
        if expected["method"] == "PUBLISH" and "ATTENDEE" in event:
            yield "what is published names who is invited"
    if events and used != set(zones):
        yield f"it uses the zones {used}, and defines {set(zones)}"


def times(event, one: dict, zones: dict, used: set):
    for name, key in (("DTSTART", "starts_at"), ("DTEND", "ends_at")):
        wanted = datetime.fromisoformat(one[key].replace("Z", "+00:00")).replace(microsecond=0)
        read = event[name].dt
        found = {"its own zone": read}
        if zone := event[name].params.get("TZID"):
            used.add(zone)
            if zone not in zones:
                yield f"{name} is in {zone}, which is not defined"
                continue
            # By the definition that comes with it, whatever this machine knows of such a name.
            found["the zone defined"] = read.replace(tzinfo=zones[zone].to_tz(lookup_tzid=False))
        for how, instant in found.items():
            if instant.tzinfo is None or instant.astimezone(timezone.utc) != wanted:
                yield f"{name} is {instant.isoformat()} by {how}, not {wanted.isoformat()}"


def values(event, one: dict):
    for name, text in one["texts"].items():
        if str(event.get(name)) != text:
            yield f"{name} is {event.get(name)!r}, not {text!r}"
    if one["attendees"] is not None:
        given = event.get("ATTENDEE", [])
        given = given if isinstance(given, list) else [given]
        if [unquote(str(each).removeprefix("mailto:")) for each in given] != one["attendees"]:
            yield f"it invites {given}"


def main(folder: Path) -> int:
    files, found = sorted(folder.glob("*.ics")), []
    for file in files:
        expected = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        try:
            found += [f"{file.name}: {what}" for what in wrong_with(file.read_bytes(), expected)]
        except Exception as error:
            found.append(f"{file.name}: {error!r}")
    print("\n".join(found) or f"icalendar: {len(files)} calendars are as they should be")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
