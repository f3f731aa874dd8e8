// SPDX-License-Identifier: Apache-2.0

// Package trail shows the audit: who saw, exported and changed what.
//
// Officers read all of it, newest first, by actor, act, day or object, and "who saw, exported or changed this?" of one person,
// which also finds the lists, exports and prints that she stood in. A member reads who opened her own profile. Every look of an
// officer is a record itself. Pages show names of those who acted, and of the one person asked about; records hold ids alone.
package trail

import "embed"

// Text holds the sentences, one for every act among them: "audit.verb." and the verb.
//
//go:embed text/*.json
var Text embed.FS

//go:embed templates/*.html
var templates embed.FS
