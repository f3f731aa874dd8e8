// SPDX-License-Identifier: Apache-2.0

package bel

var Header = header
