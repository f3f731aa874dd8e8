// SPDX-License-Identifier: Apache-2.0

package line

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	_ "image/png" // pictures that are not the camera's
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Incident is something that happened at a line. Its words are the newest version; all are kept.
type Incident struct {
	ID         string    `json:"id"`
	Line       string    `json:"line,omitempty"`
	LineName   string    `json:"line_name,omitempty"`
	Kind       string    `json:"kind"`
	State      string    `json:"state"`
	Place      string    `json:"place"`
	Privileged bool      `json:"privileged"` // asked for by counsel; whether it is privileged is counsel's question
	At         time.Time `json:"at"`
	By         string    `json:"by"`
	Words      []Words   `json:"words"` // the newest first
	Pictures   []Picture `json:"pictures"`
}

// Words are one version of what is said of an incident.
type Words struct {
	Text, People, Witnesses, By string
	At                          time.Time
}

// Picture is an attachment. SHA256 is of the original, as it was taken.
type Picture struct {
	ID, SHA256, Mime string
	Size             int
	TakenAt          time.Time
	Shown            bool // false: too large to be drawn; the original is kept
}

// IncidentKinds are what can be tapped.
var IncidentKinds = []string{"injury", "vehicle", "police", "security", "employer", "press", "blocked_way", "weather", "other"}

// Capture writes an incident with what a captain or witness has in twenty seconds: a kind, perhaps words and a picture. Time and place are
// filled in from the line. The same id twice is one. Errors: Missing when she leads no such line, Invalid for a picture that is none.
func (s *Store) Capture(ctx context.Context, in Incident, text string, photo []byte) (string, error) {
	if in.ID == "" {
		in.ID = newID()
	}
	// Whether she may is asked before anything that she sent is looked at: drawing a picture anew takes memory and time.
	if _, err := db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		_, _, err := s.lead(ctx, tx, in.Line)
		return struct{}{}, err
	}); err != nil {
		return "", err
	}
	var shown []byte
	if len(photo) > 0 {
		var err error
		if shown, err = withoutEXIF(photo); err != nil {
			return "", err
		}
	}
	return in.ID, db.Do(ctx, s.d, func(tx *db.Tx) error { return s.capture(ctx, tx, in, text, photo, shown) })
}

// ApplyIncident writes an incident that a phone has kept while it had no network: its kind and words. A picture is sent from the page, once there is
// a signal.
func (s *Store) ApplyIncident(ctx context.Context, tx *db.Tx, id uuid.UUID, at time.Time, data json.RawMessage) error {
	var d struct {
		Line       string `json:"line"`
		Kind       string `json:"kind"`
		Text       string `json:"text"`
		Privileged bool   `json:"privileged"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return &fault.Error{Code: fault.Invalid, Key: "line.unreadable", Err: err}
	}
	return s.capture(ctx, tx, Incident{ID: id.String(), Line: d.Line, Kind: d.Kind, Privileged: d.Privileged, At: at}, strings.TrimSpace(d.Text), nil, nil)
}

func (s *Store) capture(ctx context.Context, tx *db.Tx, in Incident, text string, photo, shown []byte) error {
	if _, err := uuid.Parse(in.ID); err != nil || !slices.Contains(IncidentKinds, in.Kind) {
		return fault.Field("kind", "line.incident_kind")
	}
	if len(text) > longest {
		return fault.Field("text", "line.too_long")
	}
	if in.At.IsZero() || in.At.After(tx.Now) || in.At.Before(tx.Now.Add(-longStale)) {
		in.At = tx.Now
	}
	l, _, err := s.leadAt(ctx, tx, in.Line, in.At)
	if err != nil {
		return err
	}
	state := "captured"
	if strings.TrimSpace(text) != "" {
		state = "described"
	}
	n, err := tx.ExecN(ctx, `INSERT INTO incident (id, line_id, kind, state, place, privileged, at, received_at, by_account)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING`,
		in.ID, l.ID, in.Kind, state, l.Place, bit(in.Privileged), in.At.UnixMilli(), tx.Now.UnixMilli(), audit.By(ctx).Account)
	if err != nil {
		return fmt.Errorf("capture incident: %w", err)
	}
	if n == 0 {
		return nil
	}
	if err := addWords(ctx, tx, in.ID, Words{Text: text}); err != nil {
		return err
	}
	if len(photo) > 0 {
		if err := sealPicture(ctx, tx, &in, photo, shown); err != nil {
			return err
		}
	}
	return s.done(ctx, tx, audit.Entry{Verb: "incident.capture", Object: "incident:" + in.ID})
}

func sealPicture(ctx context.Context, tx *db.Tx, in *Incident, photo, shown []byte) error {
	sum := sha256.Sum256(photo)
	_, err := tx.Exec(ctx, `INSERT INTO attachment (id, incident_id, sha256, mime, size, taken_at, original, shown_copy, by_account, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, newID(), in.ID, hex.EncodeToString(sum[:]), mimeOf(photo), len(photo),
		in.At.UnixMilli(), photo, shown, audit.By(ctx).Account, tx.Now.UnixMilli())
	if err != nil {
		return fmt.Errorf("seal picture: %w", err)
	}
	return nil
}

// mostPictures of one incident.
const mostPictures = 20

// Attach adds a picture to an incident that the caller wrote: one that waited on the phone until there was a signal. Errors: Missing, Forbidden for
// what somebody else wrote, Invalid.
func (s *Store) Attach(ctx context.Context, id string, photo []byte) error {
	allowed := func(tx *db.Tx) (*Incident, error) {
		in, err := s.incident(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if in.By != audit.By(ctx).Account {
			return nil, fault.New(fault.Forbidden, "auth.not_your_role")
		}
		if len(in.Pictures) >= mostPictures {
			return nil, fault.New(fault.Conflict, "line.pictures_many")
		}
		return in, nil
	}
	if _, err := db.InRead(ctx, s.d, allowed); err != nil { // before the picture is unpacked
		return err
	}
	shown, err := withoutEXIF(photo)
	if err != nil {
		return err
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		in, err := allowed(tx)
		if err != nil {
			return err
		}
		in.At = tx.Now // when it was taken nobody can say: when it came in
		if err := sealPicture(ctx, tx, in, photo, shown); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "incident.attach", Object: "incident:" + id})
	})
}

func mimeOf(photo []byte) string {
	if _, kind, err := image.DecodeConfig(bytes.NewReader(photo)); err == nil {
		return "image/" + kind
	}
	return "application/octet-stream"
}

// What is drawn anew: more is kept as it was taken, and not shown. A phone's 50 million points are in it; a bomb of a few kilobytes is not.
const (
	mostPixels = 52_000_000 // of a JPEG, about 80 MB unpacked
	mostPNG    = 16_000_000 // up to eight bytes a point
)

// drawing lets one picture be unpacked at a time, whoever sends how many.
var drawing = make(chan struct{}, 1)

// withoutEXIF draws the picture anew: nothing of what the camera wrote beside it is left, place and device least of all. It may be
// turned, since the turn was written there too: a known price. Nothing comes back for a picture that is too large to draw: its original is sealed all the same.
func withoutEXIF(photo []byte) ([]byte, error) {
	cfg, kind, err := image.DecodeConfig(bytes.NewReader(photo))
	if err != nil || cfg.Width <= 0 || cfg.Height <= 0 {
		return nil, fault.Field("photo", "line.no_picture")
	}
	most := int64(mostPixels)
	if kind != "jpeg" {
		most = mostPNG
	}
	if int64(cfg.Width)*int64(cfg.Height) > most {
		return []byte{}, nil
	}
	drawing <- struct{}{}
	defer func() { <-drawing }()
	img, _, err := image.Decode(bytes.NewReader(photo))
	if err != nil {
		return nil, fault.Field("photo", "line.no_picture")
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 85}); err != nil {
		return nil, fmt.Errorf("draw picture: %w", err)
	}
	return b.Bytes(), nil
}

func addWords(ctx context.Context, tx *db.Tx, id string, w Words) error {
	_, err := tx.Exec(ctx, `INSERT INTO incident_text (incident_id, seq, text, people, witnesses, by_account, at)
		SELECT CAST($1 AS TEXT), COALESCE(MAX(seq), 0) + 1, CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS BIGINT)
		FROM incident_text WHERE incident_id = $7`, id, w.Text, w.People, w.Witnesses, audit.By(ctx).Account, tx.Now.UnixMilli(), id)
	if err != nil {
		return fmt.Errorf("write words: %w", err)
	}
	return nil
}

// readable returns the condition under which the caller reads an incident i: who wrote it; whose ability reaches its line; who leads the line; and the captain
// of one shift what happened in it. Of privileged ones only the writer and those with the ability for the whole unit. It is one condition for the list and for a
// single one.
func (s *Store) readable(ctx context.Context, tx *db.Tx, args *db.Args) (string, error) {
	id := auth.By(ctx)
	if id == nil {
		return "", fault.New(fault.SignedOut, "auth.signed_out")
	}
	r, _ := id.Reach(mayIncident)
	if r.All {
		return "1 = 1", nil
	}
	or := []string{"i.by_account = " + args.Add(id.Account)}
	all, err := db.All(ctx, tx, scanLine, lineColumns+` ORDER BY name, id LIMIT 1000`)
	if err != nil {
		return "", fmt.Errorf("read lines: %w", err)
	}
	standings, err := s.mayOf(ctx, tx, all, tx.Now)
	if err != nil {
		return "", err
	}
	var whole []string
	for i, c := range standings {
		l := &all[i]
		if c.leads || l.covers(r) {
			whole = append(whole, l.ID)
			continue
		}
		for _, shift := range c.shifts {
			or = append(or, "i.privileged = 0 AND EXISTS (SELECT 1 FROM shift x WHERE x.id = "+args.Add(shift)+
				" AND x.line_id = i.line_id AND i.at >= x.starts_at - 3600000 AND i.at < x.ends_at + 3600000)")
		}
	}
	if len(whole) > 0 {
		or = append(or, "i.privileged = 0 AND i.line_id IN "+args.In(whole))
	}
	return "(" + strings.Join(or, " OR ") + ")", nil
}

const incidentColumns = `SELECT i.id, i.line_id, COALESCE(l.name, ''), i.kind, i.state, i.place, i.privileged, i.at, i.by_account FROM incident i LEFT JOIN line l ON l.id = i.line_id`

func scanIncident(r *sql.Rows) (in Incident, err error) {
	var at int64
	err = r.Scan(&in.ID, &in.Line, &in.LineName, &in.Kind, &in.State, &in.Place, &in.Privileged, &at, &in.By)
	in.At = time.UnixMilli(at)
	return in, err
}

// Incidents are those that the caller may read, the newest first, without their words. That the list was read is on record.
func (s *Store) Incidents(ctx context.Context) ([]Incident, error) {
	out, err := db.InRead(ctx, s.d, func(tx *db.Tx) ([]Incident, error) {
		var args db.Args
		where, err := s.readable(ctx, tx, &args)
		if err != nil {
			return nil, err
		}
		all, err := db.All(ctx, tx, scanIncident, incidentColumns+` WHERE `+where+` ORDER BY i.at DESC, i.id DESC LIMIT 500`, args...)
		if err != nil {
			return nil, fmt.Errorf("read incidents: %w", err)
		}
		return all, nil
	})
	if err != nil || len(out) == 0 {
		return out, err
	}
	return out, s.audit.Read(ctx, audit.Entry{Verb: "incident.list", Count: len(out)})
}

// OneIncident returns an incident with all versions of its words; that it was read is on record. Errors: Missing.
func (s *Store) OneIncident(ctx context.Context, id string) (*Incident, error) {
	in, err := db.InRead(ctx, s.d, func(tx *db.Tx) (*Incident, error) { return s.incident(ctx, tx, id) })
	if err != nil {
		return nil, err
	}
	return in, s.audit.Read(ctx, audit.Entry{Verb: "incident.open", Object: "incident:" + id})
}

func (s *Store) incident(ctx context.Context, tx *db.Tx, id string) (*Incident, error) {
	var args db.Args
	where := ` WHERE i.id = ` + args.Add(id)
	mine, err := s.readable(ctx, tx, &args)
	if err != nil {
		return nil, err
	}
	all, err := db.All(ctx, tx, scanIncident, incidentColumns+where+` AND `+mine, args...)
	if err != nil {
		return nil, fmt.Errorf("read incident: %w", err)
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Missing, "line.no_incident")
	}
	in := &all[0]
	in.Words, err = db.All(ctx, tx, func(r *sql.Rows) (w Words, err error) {
		var at int64
		err = r.Scan(&w.Text, &w.People, &w.Witnesses, &w.By, &at)
		w.At = time.UnixMilli(at)
		return w, err
	}, `SELECT t.text, t.people, t.witnesses, COALESCE(a.display, ''), t.at FROM incident_text t LEFT JOIN account a ON a.id = t.by_account
		WHERE t.incident_id = $1 ORDER BY t.seq DESC LIMIT 200`, id)
	if err != nil {
		return nil, fmt.Errorf("read words: %w", err)
	}
	in.Pictures, err = db.All(ctx, tx, func(r *sql.Rows) (p Picture, err error) {
		var at int64
		err = r.Scan(&p.ID, &p.SHA256, &p.Mime, &p.Size, &at, &p.Shown)
		p.TakenAt = time.UnixMilli(at)
		return p, err
	}, `SELECT id, sha256, mime, size, taken_at, LENGTH(shown_copy) > 0 FROM attachment WHERE incident_id = $1 ORDER BY id LIMIT 50`, id)
	if err != nil {
		return nil, fmt.Errorf("read pictures: %w", err)
	}
	return in, nil
}

// Describe adds a version of the words; the ones before stay. Errors: Missing.
func (s *Store) Describe(ctx context.Context, id string, w Words) error {
	if len(w.Text) > longest || len(w.People) > longest || len(w.Witnesses) > longest {
		return fault.Field("text", "line.too_long")
	}
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		if _, err := s.incident(ctx, tx, id); err != nil {
			return err
		}
		if err := addWords(ctx, tx, id, w); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE incident SET state = 'described' WHERE id = $1 AND state = 'captured'`, id); err != nil {
			return fmt.Errorf("describe incident: %w", err)
		}
		return s.done(ctx, tx, audit.Entry{Verb: "incident.describe", Object: "incident:" + id})
	})
}

// Look returns a picture: the copy that pages show, or the original as it was taken. The reading is on record, of the original by its hash.
func (s *Store) Look(ctx context.Context, id string, original bool) (body []byte, mime string, err error) {
	var incident, sum string
	body, err = db.InRead(ctx, s.d, func(tx *db.Tx) ([]byte, error) {
		column := "shown_copy"
		if original {
			column = "original"
		}
		var b []byte
		found, err := db.Found(tx.Row(ctx, `SELECT incident_id, sha256, mime, `+column+` FROM attachment WHERE id = $1`, id).Scan(&incident, &sum, &mime, &b))
		if err != nil {
			return nil, fmt.Errorf("read picture: %w", err)
		}
		if !found {
			return nil, fault.New(fault.Missing, "line.no_incident")
		}
		_, err = s.incident(ctx, tx, incident)
		return b, err
	})
	if err != nil {
		return nil, "", err
	}
	e := audit.Entry{Verb: "incident.picture", Object: "incident:" + incident}
	if original {
		e.Detail = "original " + sum
	} else {
		mime = "image/jpeg"
	}
	return body, mime, s.audit.Read(ctx, e)
}
