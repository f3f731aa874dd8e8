// SPDX-License-Identifier: Apache-2.0

// Package line runs the picket lines: which lines there are, which shifts, how many people each needs; who signs up, waits, swaps and
// offers; what the planner proposes; and the day itself, from check-in to the hours that count.
//
// In: the coordinator's lines and needs, members' hours, captains' check-ins (also from phones without network, by offline events).
// Out: bookings, calendars, the captain's pack, the day's board, minutes for each member, incidents with their sealed pictures.
//
// Always: the last place goes to one person, by a condition in the booking's own statement; check-ins are appended, never changed, and
// the same event twice is one; hours are a pure function of them; when the strike is off, future shifts and queued reminders go in
// the transaction that says so. While somebody in the committee holds mail, and at night, messages wait (hush.go says which); what is too late then is dropped; that a
// shift is off goes out whatever is held, since two people said so. Hours count from the minute at which the strike is on. Not here: who may strike when (strike), what hours are paid (pay).
package line
