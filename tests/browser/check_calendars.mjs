// Reads calendars as programs in JavaScript do (Thunderbird, Nextcloud), with ical.js.
//
//     check_calendars.mjs FOLDER
//
// Beside each .ics file of FOLDER, a .json file says which events it holds (tests/it/support/ical.rs). Prints what is wrong, one line each;
// exits 1 if anything is, or if there is no calendar.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import ICAL from 'ical.js'

/** What is wrong with a calendar. */
function wrongWith(text, expected) {
  const wrong = []
  const calendar = new ICAL.Component(ICAL.parse(text))
  if (calendar.getFirstPropertyValue('method') !== expected.method) wrong.push(`its method is ${calendar.getFirstPropertyValue('method')}`)
  const events = calendar.getAllSubcomponents('vevent')
  const uids = events.map(event => event.getFirstPropertyValue('uid'))
  if (JSON.stringify(uids) !== JSON.stringify(expected.events.map(one => one.uid))) return [...wrong, `its events are ${uids}`]
  events.forEach((component, place) => wrong.push(...wrongWithEvent(component, expected.events[place])))
  return wrong
}

function wrongWithEvent(component, one) {
  const wrong = []
  for (const [name, key] of [['dtstart', 'starts_at'], ['dtend', 'ends_at']]) {
    const property = component.getFirstProperty(name)
    const time = property.getFirstValue()
    const zone = property.getParameter('tzid')
    // By the definition that comes with it: ical.js knows no other.
    if (zone && time.zone.component?.getFirstPropertyValue('tzid') !== zone) wrong.push(`${name} is in ${zone}, which is not defined`)
    if (!zone && time.zone !== ICAL.Timezone.utcTimezone) wrong.push(`${name} is in no zone`)
    const wanted = Math.floor(Date.parse(one[key]) / 1000)
    if (time.toUnixTime() !== wanted) wrong.push(`${name} is ${time} in ${zone ?? 'UTC'}, which is ${time.toJSDate().toISOString()}, not ${one[key]}`)
  }
  for (const [name, text] of Object.entries(one.texts)) {
    const value = component.getFirstPropertyValue(name.toLowerCase())
    if (String(value) !== text) wrong.push(`${name} is ${JSON.stringify(value)}, not ${JSON.stringify(text)}`)
  }
  if (one.attendees) {
    const given = component.getAllProperties('attendee').map(each => decodeURIComponent(each.getFirstValue().replace(/^mailto:/, '')))
    if (JSON.stringify(given) !== JSON.stringify(one.attendees)) wrong.push(`it invites ${given}`)
  }
  return wrong
}

const folder = process.argv[2]
const files = readdirSync(folder).filter(name => name.endsWith('.ics')).sort()
const found = files.flatMap(name => {
  const expected = JSON.parse(readFileSync(join(folder, name.replace(/\.ics$/, '.json')), 'utf8'))
  try {
    return wrongWith(readFileSync(join(folder, name), 'utf8'), expected).map(what => `${name}: ${what}`)
  } catch (error) {
    return [`${name}: ${error}`]
  }
})
console.log(found.join('\n') || `ical.js: ${files.length} calendars are as they should be`)
process.exitCode = found.length || !files.length ? 1 : 0
