// SPDX-License-Identifier: Apache-2.0

package group

import "math/big"

func Modulus() *big.Int { return bigP }

func (s Scalar) Big() *big.Int { return s.big() }
