// SPDX-License-Identifier: Apache-2.0

package db

import "embed"

// Text holds the sentences of this package's faults.
//
//go:embed text/*.json
var Text embed.FS
