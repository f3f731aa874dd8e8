// SPDX-License-Identifier: Apache-2.0

//go:build !amd64 || purego

package group

const wide = false

func mul52(_, _, _, _ *field, _ uint64) { panic("group: no wide multiplication on this processor") }
