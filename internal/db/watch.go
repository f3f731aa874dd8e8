// SPDX-License-Identifier: Apache-2.0

package db

import (
	"slices"
	"sync"
	"time"
)

// Touch tells whoever watches topic, once the transaction has been committed, that something under it changed. It carries no
// data: the watcher asks again, and is shown what she may see. Watchers live in this process; another one's writes are not told.
func (tx *Tx) Touch(topic string) {
	if !slices.Contains(tx.touched, topic) {
		tx.touched = append(tx.touched, topic)
	}
}

// Watch returns a channel that holds a token after each Touch of a topic, one however many there were since it was last
// emptied, and the function that ends the watch. It holds one from the start if there was a Touch less than age ago: what the
// watcher knows is as old as that.
func (d *DB) Watch(topic string, age time.Duration) (changed <-chan struct{}, end func()) {
	return d.watchers.add(topic, age)
}

// watchers are those who wait, by topic.
type watchers struct {
	mu  sync.Mutex
	all map[string]map[chan struct{}]struct{}
	at  map[string]time.Time // of the last Touch, by the machine's clock, whatever clock the campaign goes by
}

func (w *watchers) add(topic string, age time.Duration) (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if at, ok := w.at[topic]; ok && time.Since(at) < age {
		c <- struct{}{}
	}
	if w.all == nil {
		w.all = map[string]map[chan struct{}]struct{}{}
	}
	if w.all[topic] == nil {
		w.all[topic] = map[chan struct{}]struct{}{}
	}
	w.all[topic][c] = struct{}{}
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.all[topic], c)
	}
}

func (w *watchers) tell(topics []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.at == nil {
		w.at = map[string]time.Time{}
	}
	for _, topic := range topics {
		w.at[topic] = time.Now()
		for c := range w.all[topic] {
			select {
			case c <- struct{}{}:
			default: // one is waiting to be read already
			}
		}
	}
}
