// SPDX-License-Identifier: Apache-2.0

// Package offline takes in what phones recorded where there was no signal: each act once, whatever happened on the way.
//
// Enters: POST /sync, up to 200 events of a device's queue, each with an id that the device made (UUIDv7) and the device's own
// time; open, or sealed to this campaign's key so that nobody but the server reads them on their way (docs/adr/0010). Leaves: the
// ids that are durable, a sentence for each that was refused, and which to send again. Rooms register kinds and apply them.
//
// Always: an event is applied at most once, however often and in whatever order it comes; one that is refused is kept here and
// shown to its author, so the device may forget it; what one event breaks is no other event's loss. The device forgets an event
// only when its id stands in an answer. Files for the phone itself (service worker, queue, PIN) are in internal/web/static/offline.
package offline
