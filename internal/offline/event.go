// SPDX-License-Identifier: Apache-2.0

package offline

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Event is one act as its kind sees it.
type Event struct {
	ID       uuid.UUID       // made by the device, version 7
	Kind     string          // "assessment"
	At       time.Time       // when it was done, by the server's clock: AtDevice + Skew, never later than now
	AtDevice time.Time       // by the device's clock
	Skew     time.Duration   // what the device's clock is slow by, as of this request; negative when it is fast
	Device   string          // auth's: the phone as it is signed in now
	By       string          // account
	Data     json.RawMessage // the kind's own
}

// Kind is a sort of event. Apply writes it in tx; what it writes is gone again when it returns an error. A *fault.Error is a
// refusal: the event is kept for its author with that sentence and never tried again. Any other error is ours: the device keeps
// the event and sends it again. Apply is called once for each id and must not depend on the order in which events come.
type Kind struct {
	Name    string
	Longest int // bytes of Data; 0 for what a note takes
	Apply   func(ctx context.Context, tx *db.Tx, e Event) error
}

// Sent is an event as it travels: open (Kind, At, Data) or Sealed to the campaign's key, which holds the same and its author.
type Sent struct {
	ID     string          `json:"id"`
	Kind   string          `json:"kind,omitempty"`
	At     int64           `json:"at,omitempty"` // Unix milliseconds of the device
	By     string          `json:"by,omitempty"` // account that recorded it; "" is the caller
	Data   json.RawMessage `json:"data,omitempty"`
	Sealed string          `json:"sealed,omitempty"` // base64 of HPKE's enc and ciphertext
}

// Batch is what a device sends. No events at all is a greeting: it tells the clocks apart and learns of a revocation.
type Batch struct {
	Device string `json:"device"` // made by the device when it was set up, UUIDv7: whose queue it is
	Now    int64  `json:"now"`    // the device's clock, Unix milliseconds; 0: it does not say, and no skew is reckoned
	Events []Sent `json:"events"`
}

// Answer says what became of each event. An id in Done or Refused is durable; Again and Other stay on the device.
type Answer struct {
	Now     int64     `json:"now"` // the server's clock, Unix milliseconds
	Done    []string  `json:"done"`
	Refused []Refusal `json:"refused"`
	Again   []string  `json:"again"` // ours failed: send again
	Other   []string  `json:"other"` // somebody else recorded it on this phone: it waits for her
}

// Refusal is an event that was not accepted, in words for its author.
type Refusal struct {
	ID   string          `json:"id"`
	Kind string          `json:"kind"` // "" when it could not be opened
	At   int64           `json:"at"`   // when it was done, Unix milliseconds
	Key  string          `json:"key"`
	Args map[string]any  `json:"-"`
	Text string          `json:"text"` // the sentence of Key; filled in at the edge
	Data json.RawMessage `json:"data,omitempty"`
}

// most is how many events one request holds; a device with more sends several.
const most = 200

// parseID reads an event's id. Errors: Invalid for anything but a UUIDv7, whose first bits are its time.
func parseID(s string) (uuid.UUID, error) {
	id, err := uuid.Parse(s)
	if err != nil || id.Version() != 7 || id.String() != s {
		return uuid.UUID{}, &fault.Error{Code: fault.Invalid, Key: "offline.id_form", Field: "id", Err: err}
	}
	return id, nil
}
