// SPDX-License-Identifier: Apache-2.0

package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

const (
	// limitWindow is how long an attempt counts.
	limitWindow = 15 * time.Minute
	// perAddress is how many links one address may ask for in it.
	perAddress = 5
	// perIP is how many attempts one network may make in it: a clinic's break room is one network, where a captain may bring
	// ten people in at once.
	perIP = 60
	// perIPCeremonies is how many challenges it may have: the sign-in page asks for one whenever it is opened, and each is a row.
	perIPCeremonies = 300
)

// limiter counts attempts by keyed hashes that live in memory alone: neither addresses nor networks are kept in clear, and
// after a restart nothing is known of them.
type limiter struct {
	mu    sync.Mutex
	key   [32]byte
	seen  map[[32]byte][]time.Time
	swept time.Time
}

func newLimiter() *limiter {
	l := &limiter{seen: map[[32]byte][]time.Time{}}
	_, _ = rand.Read(l.key[:]) // never fails
	return l
}

// allow counts an attempt of value and tells whether there were fewer than most within the window.
func (l *limiter) allow(kind, value string, most int, now time.Time) bool {
	mac := hmac.New(sha256.New, l.key[:])
	mac.Write([]byte(kind + ":" + value))
	id := [32]byte(mac.Sum(nil))
	l.mu.Lock()
	defer l.mu.Unlock()
	if age := now.Sub(l.swept); age > limitWindow || age < 0 {
		l.swept = now
		for k, times := range l.seen {
			if times = recent(times, now); len(times) == 0 {
				delete(l.seen, k)
			}
		}
	}
	times := recent(l.seen[id], now)
	if len(times) >= most {
		return false
	}
	l.seen[id] = append(times, now)
	return true
}

// recent drops what is older than the window, and what is of the future: the demo's clock is set back at times.
func recent(times []time.Time, now time.Time) []time.Time {
	var keep []time.Time
	for _, t := range times {
		if age := now.Sub(t); age >= 0 && age < limitWindow {
			keep = append(keep, t)
		}
	}
	return keep
}
