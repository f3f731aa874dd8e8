// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

// Ballots are bounded per credential, not per voter: an hour's worth is far more than anybody changes her mind, and far less than fills
// a disk. The window slides, so that whoever has used hers up waits minutes, not until the close.
const (
	limitWindow = time.Hour
	mostCasts   = 20      // by one credential in the window, the first included
	mostDrills  = 30      // practice ballots by one network in the window: a break room tries it out together
	mostKeys    = 1e5     // remembered at once; beyond it the oldest part is forgotten
	mostArchive = 1 << 30 // bytes after which only a credential's first ballot is taken; the engine verifies up to 2 GiB
)

// limiter counts by keyed hashes that live in memory alone, so that no clock time stands beside a credential or a network anywhere.
type limiter struct {
	mu    sync.Mutex
	key   [32]byte
	seen  map[[16]byte][]time.Time
	swept time.Time
}

func newLimiter() *limiter {
	l := &limiter{seen: map[[16]byte][]time.Time{}}
	_, _ = rand.Read(l.key[:]) // never fails
	return l
}

// full tells whether value has used up most.
func (l *limiter) full(value string, most int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(recent(l.seen[l.of(value)], now)) >= most
}

// count adds one of value, and tells whether there were fewer than most before.
func (l *limiter) count(value string, most int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if age := now.Sub(l.swept); age > limitWindow || age < 0 || len(l.seen) > mostKeys {
		l.swept = now
		for k, times := range l.seen {
			if len(recent(times, now)) == 0 || len(l.seen) > mostKeys {
				delete(l.seen, k)
			}
		}
	}
	id := l.of(value)
	times := recent(l.seen[id], now)
	if len(times) >= most {
		return false
	}
	l.seen[id] = append(times, now)
	return true
}

func (l *limiter) of(value string) [16]byte {
	m := hmac.New(sha256.New, l.key[:])
	m.Write([]byte(value))
	return [16]byte(m.Sum(nil))
}

// recent drops what is older than the window, and what is of the future: the demo's clock is set back at times.
func recent(times []time.Time, now time.Time) (keep []time.Time) {
	for _, t := range times {
		if age := now.Sub(t); age >= 0 && age < limitWindow {
			keep = append(keep, t)
		}
	}
	return keep
}
