// SPDX-License-Identifier: Apache-2.0

package line

import "embed"

// Text holds the room's sentences, and those in which the planner explains a place.
//
//go:embed text/*.json
var Text embed.FS
