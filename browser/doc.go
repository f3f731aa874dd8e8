// SPDX-License-Identifier: Apache-2.0

// Package browser does what people do, in a real Chromium: journeys through the demo campaign on a phone and at a desk, and axe on
// every page. Open starts the browser; a Tab is one person's. Tests skip loudly where there is no Chromium.
package browser
