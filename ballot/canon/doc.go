// SPDX-License-Identifier: Apache-2.0

// Package canon reads and writes canonical JSON: one encoding per value, because archives are chained by the hash of exact bytes
// (spec, section 3). encoding/json differs: it escapes < > & and U+2028, not 0x7f, and accepts a field twice.
//
// Marshal writes structs in the order of their fields. Unmarshal accepts exactly what Marshal could have written and otherwise says
// why, in this order: json.syntax, json.schema, json.canonical. Numbers of the group travel as Decimal strings.
package canon
