// SPDX-License-Identifier: Apache-2.0

// Package suppress decides which counts of people may be shown to readers who may not see the people.
//
// A count of X among N is shown when at least K people stand on each side of it; in a table over a partition as many further
// cells are hidden as it takes that nobody gets a failing group by subtraction; and of a measure that is shown again later, the
// next release is held back while it differs from the one before by a group that fails. What enters is counts, what leaves is
// yes or no for each. The rules hold for one fixed partition a measure: who shows the same measure by two has undone them.
package suppress
