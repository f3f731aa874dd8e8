// SPDX-License-Identifier: Apache-2.0

//go:build !purego

#include "textflag.h"

// Montgomery multiplication in radix 2^52, one digit of y a round (S. Gueron and V. Krasnov, Software implementation of modular
// exponentiation using advanced vector instructions architectures, WAIFI 2012). No branch and no address depends on a value.
//
// Z0-Z4  the sum, 40 limbs of up to 60 bits      Z10-Z14  x      Z5  digit of y, eight times
// R10    its limb 0, which the vectors ignore    Z15-Z19  p      Z6  digit of the quotient, eight times      Z7  zero
//
// func mul52(z, x, y, p *field, inv uint64)
TEXT ·mul52(SB), NOSPLIT, $0-40
	MOVQ z+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), BX
	MOVQ p+24(FP), R8
	MOVQ inv+32(FP), R9
	VMOVDQU64 0(SI), Z10
	VMOVDQU64 64(SI), Z11
	VMOVDQU64 128(SI), Z12
	VMOVDQU64 192(SI), Z13
	VMOVDQU64 256(SI), Z14
	VMOVDQU64 0(R8), Z15
	VMOVDQU64 64(R8), Z16
	VMOVDQU64 128(R8), Z17
	VMOVDQU64 192(R8), Z18
	VMOVDQU64 256(R8), Z19
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	VPXORQ Z4, Z4, Z4
	VPXORQ Z7, Z7, Z7
	MOVQ (SI), R12
	MOVQ (R8), R13
	XORQ R10, R10
	MOVQ $0x000fffffffffffff, R11
	MOVQ $40, CX

digit:
	// limb 0 + x[0]*y[i] decides the quotient digit, and is divisible by 2^52 once p[0] times that digit is added.
	MOVQ         (BX), DX
	VPBROADCASTQ DX, Z5
	MULXQ        R12, AX, R8
	ADDQ         AX, R10
	ADCQ         $0, R8
	MOVQ         R10, DX
	IMULQ        R9, DX
	ANDQ         R11, DX
	VPBROADCASTQ DX, Z6
	MULXQ        R13, AX, SI
	ADDQ         AX, R10
	ADCQ         SI, R8
	SHRQ         $52, R10
	SHLQ         $12, R8
	ORQ          R8, R10

	// Low halves, then down by one limb, then high halves.
	VPMADD52LUQ Z10, Z5, Z0
	VPMADD52LUQ Z11, Z5, Z1
	VPMADD52LUQ Z12, Z5, Z2
	VPMADD52LUQ Z13, Z5, Z3
	VPMADD52LUQ Z14, Z5, Z4
	VPMADD52LUQ Z15, Z6, Z0
	VPMADD52LUQ Z16, Z6, Z1
	VPMADD52LUQ Z17, Z6, Z2
	VPMADD52LUQ Z18, Z6, Z3
	VPMADD52LUQ Z19, Z6, Z4
	VALIGNQ $1, Z0, Z1, Z0
	VALIGNQ $1, Z1, Z2, Z1
	VALIGNQ $1, Z2, Z3, Z2
	VALIGNQ $1, Z3, Z4, Z3
	VALIGNQ $1, Z4, Z7, Z4
	VMOVQ   X0, AX
	ADDQ    AX, R10
	VPMADD52HUQ Z10, Z5, Z0
	VPMADD52HUQ Z11, Z5, Z1
	VPMADD52HUQ Z12, Z5, Z2
	VPMADD52HUQ Z13, Z5, Z3
	VPMADD52HUQ Z14, Z5, Z4
	VPMADD52HUQ Z15, Z6, Z0
	VPMADD52HUQ Z16, Z6, Z1
	VPMADD52HUQ Z17, Z6, Z2
	VPMADD52HUQ Z18, Z6, Z3
	VPMADD52HUQ Z19, Z6, Z4

	ADDQ $8, BX
	DECQ CX
	JNZ  digit

	VMOVDQU64 Z0, 0(DI)
	VMOVDQU64 Z1, 64(DI)
	VMOVDQU64 Z2, 128(DI)
	VMOVDQU64 Z3, 192(DI)
	VMOVDQU64 Z4, 256(DI)
	VZEROUPPER
	MOVQ R10, (DI)

	// Carries.
	XORQ AX, AX
	MOVQ $40, CX

carry:
	ADDQ (DI), AX
	MOVQ AX, DX
	ANDQ R11, DX
	MOVQ DX, (DI)
	SHRQ $52, AX
	ADDQ $8, DI
	DECQ CX
	JNZ  carry
	RET
