// SPDX-License-Identifier: Apache-2.0

package pki

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
)

const (
	ccmNonce   = 13
	ccmTag     = 8
	ccmLongest = 1<<16 - 1 // the length field has two bytes
)

// ccm is AES-256-CCM of RFC 3610 with L = 2, M = 8 and no associated data.
type ccm struct{ block cipher.Block }

func newCCM(key [32]byte) ccm {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // 32 bytes are a key
	}
	return ccm{block}
}

// seal returns the ciphertext with its tag; false means that the plaintext is too long.
func (c ccm) seal(nonce [ccmNonce]byte, plaintext []byte) ([]byte, bool) {
	if len(plaintext) > ccmLongest {
		return nil, false
	}
	tag := c.tag(nonce, plaintext)
	data := append([]byte(nil), plaintext...)
	c.stream(nonce, tag[:], data)
	return append(data, tag[:]...), true
}

// open returns the plaintext; false means that the tag does not fit.
func (c ccm) open(nonce [ccmNonce]byte, data []byte) ([]byte, bool) {
	n := len(data) - ccmTag
	if n < 0 || n > ccmLongest {
		return nil, false
	}
	plaintext := append([]byte(nil), data[:n]...)
	tag := [ccmTag]byte(data[n:])
	c.stream(nonce, tag[:], plaintext)
	want := c.tag(nonce, plaintext)
	if subtle.ConstantTimeCompare(tag[:], want[:]) != 1 {
		clear(plaintext)
		return nil, false
	}
	return plaintext, true
}

// tag is the CBC-MAC of section 2.2, before encryption.
func (c ccm) tag(nonce [ccmNonce]byte, plaintext []byte) [ccmTag]byte {
	var x [aes.BlockSize]byte
	x[0] = 0x19 // no associated data, M = 8, L = 2
	copy(x[1:], nonce[:])
	binary.BigEndian.PutUint16(x[14:], uint16(len(plaintext)))
	c.block.Encrypt(x[:], x[:])
	for len(plaintext) > 0 {
		n := subtle.XORBytes(x[:], x[:], plaintext)
		plaintext = plaintext[n:]
		c.block.Encrypt(x[:], x[:])
	}
	return [ccmTag]byte(x[:])
}

// stream en- or decrypts tag (counter 0) and data (counters from 1), section 2.3.
func (c ccm) stream(nonce [ccmNonce]byte, tag, data []byte) {
	var counter [aes.BlockSize]byte
	counter[0] = 1 // L = 2
	copy(counter[1:], nonce[:])
	var first [aes.BlockSize]byte
	ctr := cipher.NewCTR(c.block, counter[:])
	ctr.XORKeyStream(first[:], first[:])
	subtle.XORBytes(tag, tag, first[:])
	ctr.XORKeyStream(data, data)
}
