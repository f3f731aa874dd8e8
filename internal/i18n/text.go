// SPDX-License-Identifier: Apache-2.0

package i18n

import "embed"

// Text holds the sentences that every part shares.
//
//go:embed text/*.json
var Text embed.FS
