// SPDX-License-Identifier: Apache-2.0

//go:build !purego

package group

import "golang.org/x/sys/cpu"

// wide says that the processor multiplies eight 52-bit limbs at once (AVX-512 IFMA: Intel from Ice Lake, AMD from Zen 4). Elsewhere
// plain Go does, at about a third of the speed.
var wide = cpu.X86.HasAVX512F && cpu.X86.HasAVX512IFMA && cpu.X86.HasBMI2

// mul52 sets z = x*y/2^2080 mod p, below 2p, for x and y below 2p; inv is -1/p mod 2^52 in its low bits. z may be x or y.
//
//go:noescape
func mul52(z, x, y, p *field, inv uint64)
