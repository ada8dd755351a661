// Reads calendars with ical.js, for the tests: one base64 line in, one JSON line out.
"use strict";

const readline = require("node:readline");
const ICAL = require("./vendor/ical.js");

function person(property) {
  return { ...property.jCal[1], address: property.getFirstValue() };
}

function read(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(zone);
  }
  const events = calendar.getAllSubcomponents("vevent").map((entry) => {
    const event = new ICAL.Event(entry);
    return {
      uid: event.uid,
      summary: event.summary,
      description: event.description,
      location: event.location,
      starts: event.startDate.toUnixTime(),
      ends: event.endDate.toUnixTime(),
      names: entry.getAllProperties().map((property) => property.name),
      attendees: entry.getAllProperties("attendee").map(person),
      organizers: entry.getAllProperties("organizer").map(person),
    };
  });
  return { method: calendar.getFirstPropertyValue("method"), events };
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  let answer;
  try {
    answer = read(Buffer.from(line, "base64").toString("utf8"));
  } catch (fault) {
    answer = { fault: String(fault) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
