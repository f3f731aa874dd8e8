// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package cli

func freeBytes(string) (uint64, bool) { return 0, false }
