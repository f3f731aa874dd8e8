// SPDX-License-Identifier: Apache-2.0

// Package job runs what must happen later, or be tried until it succeeds: a reminder, a strike's start, a vote's close.
//
// A job is put into the queue in the transaction of the work that asks for it, so both exist or neither. A Queue hands each to
// the handler of its kind, at least once and as soon as it is due; a handler that writes to the database calls Run.Finish in
// its own transaction and so acts exactly once. One that fails is tried again, later each time, and is dead after a day: dead
// jobs are shown to the operator and never vanish. What is cancelled does not run; what was overtaken drops itself with a reason.
// What may enter: a kind, a key, a time and ids. What never does: names, numbers, addresses, the words of a message.
package job
