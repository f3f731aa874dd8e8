// SPDX-License-Identifier: Apache-2.0

// Package demo builds a campaign that a newcomer can walk about in: a made-up employer with 61 clinics, 600 people, two lists.
//
// It goes through the doors that everyone uses: each step of its story calls the rooms' services as the person who would have
// done it, with the clock at the minute of the step, so that every row and audit record carries its own date. The clock can be
// moved: forward plays the steps in between, backward builds a fresh house up to that moment and puts it in the old one's place.
//
// The demo stands on top of the house and alone knows how to sign somebody in by one tap: no other command has its routes.
// Its people are fictional (data/README.md); it runs on a database in a temporary folder that is gone afterwards.
package demo
