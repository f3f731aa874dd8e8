// SPDX-License-Identifier: Apache-2.0

// Package mail sends what must reach one person: the one-time link, and later whatever a room has queued.
//
// A Sender takes a Message in plain text. SMTP speaks to the union's own mail server and insists on TLS; Console prints, for the
// demo and for a server without mail, and says so. What enters: one personal address, a neutral subject, text. What never does:
// tracking, pictures, words that tell a reader of the lock screen what it is about. Personal tells a personal address from one
// that the employer can read.
package mail
