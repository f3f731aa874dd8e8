// SPDX-License-Identifier: Apache-2.0

// Package auth says who somebody is and how far she may see.
//
// An account comes in by a passkey, by a one-time link to a personal address, or by an invitation from a captain in person;
// there are no passwords. What it may do is the sum of its live grants: role x scope (own, turf, site, region, unit) x export x
// until. A route declares the ability it needs; Allowed returns the Reach of that ability, and the store that reads people puts
// Reach.Where into its SQL, so that nobody outside the grant is ever loaded. Outside is 404: existence does not leak.
//
// grants.json holds abilities and roles as data. Sessions are kept by scs in the session table, by the hash of their token;
// each belongs to a device that its owner, a lead or an officer can sign out, which works at the next request.
package auth
