// SPDX-License-Identifier: Apache-2.0

// Package calendar writes iCalendar (RFC 5545): deadlines, actions and shifts, as a file to keep or a feed to follow.
//
// In: events as plain values. Out: one VCALENDAR, the same bytes for the same events. It reads nothing, and knows neither rooms nor
// engines; who may have a date is for the caller to decide.
//
// Always: lines end in CRLF and have at most 75 octets; no control character survives in a text; times are written in UTC, so that
// no reader has to know a zone, and the local time of an event with a Zone stands in its description; every event has a UID, a
// stamp, a sequence and a class, which is CONFIDENTIAL unless said otherwise: a leaked date does harm. Judge: Python's icalendar.
package calendar
