// SPDX-License-Identifier: Apache-2.0

package line

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
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
	Originals  bool      `json:"-"` // the caller may have the pictures as they were taken, with where and by which device
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
	var pic *taken
	if len(photo) > 0 {
		shown, err := withoutEXIF(photo)
		if err != nil {
			return "", err
		}
		pic = &taken{photo: photo, shown: shown}
	}
	return in.ID, db.Do(ctx, s.d, func(tx *db.Tx) error { return s.capture(ctx, tx, in, text, pic) })
}

// taken is a picture on its way in: as it came, and as it is shown.
type taken struct {
	photo, shown []byte
	before       string // SHA-256, in hex, of the file as the camera gave it, where a phone has made it smaller; "" for no other
}

// kept is what a phone has kept of an incident while it had no network: its words, or its picture.
type kept struct {
	Line       string `json:"line"`
	Incident   string `json:"incident"` // made by the phone; "" is the event's own id
	Kind       string `json:"kind"`
	Text       string `json:"text"`
	Privileged bool   `json:"privileged"`

	Picture []byte `json:"picture"`
	SHA256  string `json:"sha256"` // of Picture, as the phone reckoned it when it was taken
	Taken   string `json:"taken"`  // of the file as the camera gave it
}

func (k *kept) read(data json.RawMessage, id uuid.UUID, at time.Time) (Incident, error) {
	if err := json.Unmarshal(data, k); err != nil {
		return Incident{}, &fault.Error{Code: fault.Invalid, Key: "line.unreadable", Err: err}
	}
	return Incident{ID: cmp.Or(k.Incident, id.String()), Line: k.Line, Kind: k.Kind, Privileged: k.Privileged, At: at}, nil
}

// ApplyIncident writes an incident that a phone has kept while it had no network: its kind and words. Its picture comes as an event of its own, before or after.
func (s *Store) ApplyIncident(ctx context.Context, tx *db.Tx, id uuid.UUID, at time.Time, data json.RawMessage) error {
	var k kept
	in, err := k.read(data, id, at)
	if err != nil {
		return err
	}
	return s.capture(ctx, tx, in, strings.TrimSpace(k.Text), nil)
}

// PictureBytes is the longest data of an event with a picture: 480 KB in base64, and what stands beside it.
const PictureBytes = 660 << 10

// keptPixels is the most that is drawn anew of a picture that a phone has kept: in the transaction, so it is little. Phones keep 1,600 by 1,600 at most; what
// is larger is kept, and not shown.
const keptPixels = 4_200_000

// ApplyPicture writes the picture of an incident that a phone has kept, and the incident where its words have not come yet. Errors: Invalid for bytes that are
// not those whose hash was sealed with them when it was taken.
func (s *Store) ApplyPicture(ctx context.Context, tx *db.Tx, id uuid.UUID, at time.Time, data json.RawMessage) error {
	var k kept
	in, err := k.read(data, id, at)
	if err != nil {
		return err
	}
	if hashOfPicture(k.Picture) != k.SHA256 {
		return fault.New(fault.Invalid, "line.picture_changed")
	}
	if _, _, err := s.leadAt(ctx, tx, in.Line, in.At); err != nil { // before it is unpacked
		return err
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(k.Picture))
	if err != nil || cfg.Width <= 0 || cfg.Height <= 0 {
		return fault.Field("photo", "line.no_picture")
	}
	pic := &taken{photo: k.Picture, shown: []byte{}, before: k.Taken}
	if int64(cfg.Width)*int64(cfg.Height) <= keptPixels {
		if pic.shown, err = drawAnew(k.Picture); err != nil {
			return err
		}
	}
	return s.capture(ctx, tx, in, "", pic)
}

func hashOfPicture(photo []byte) string {
	sum := sha256.Sum256(photo)
	return hex.EncodeToString(sum[:])
}

// capture writes the incident, or adds to it what an earlier part of it did not bring.
func (s *Store) capture(ctx context.Context, tx *db.Tx, in Incident, text string, pic *taken) error {
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
		return s.addTo(ctx, tx, &in, text, pic)
	}
	if err := addWords(ctx, tx, in.ID, Words{Text: text}); err != nil {
		return err
	}
	if pic != nil {
		if err := sealPicture(ctx, tx, &in, pic); err != nil {
			return err
		}
	}
	return s.done(ctx, tx, audit.Entry{Verb: "incident.capture", Object: "incident:" + in.ID, Detail: pic.origin()})
}

// addTo adds to an incident that is there the words and the picture of another send of it, unless it has them: parts come in any order and more than once.
func (s *Store) addTo(ctx context.Context, tx *db.Tx, in *Incident, text string, pic *taken) error {
	n, err := tx.ExecN(ctx, `UPDATE incident SET kind = kind WHERE id = $1 AND by_account = $2`, in.ID, audit.By(ctx).Account) // and nobody else adds meanwhile
	if err != nil {
		return fmt.Errorf("hold incident: %w", err)
	}
	if n == 0 {
		return fault.New(fault.Forbidden, "auth.not_your_role")
	}
	if text != "" {
		var has int
		if err := tx.Row(ctx, `SELECT COUNT(*) FROM incident_text WHERE incident_id = $1 AND text = $2`, in.ID, text).Scan(&has); err != nil {
			return fmt.Errorf("look words up: %w", err)
		}
		if has == 0 {
			if err := describe(ctx, tx, in.ID, Words{Text: text}); err != nil {
				return err
			}
			if err := s.done(ctx, tx, audit.Entry{Verb: "incident.describe", Object: "incident:" + in.ID}); err != nil {
				return err
			}
		}
	}
	if pic == nil {
		return nil
	}
	var has, all int
	if err := tx.Row(ctx, `SELECT COUNT(CASE WHEN sha256 = $1 OR sha256 = $2 THEN 1 END), COUNT(*) FROM attachment WHERE incident_id = $3`,
		hashOfPicture(pic.photo), pic.before, in.ID).Scan(&has, &all); err != nil {
		return fmt.Errorf("look picture up: %w", err)
	}
	if has > 0 {
		return nil
	}
	if all >= mostPictures {
		return fault.New(fault.Conflict, "line.pictures_many")
	}
	if err := sealPicture(ctx, tx, in, pic); err != nil {
		return err
	}
	return s.done(ctx, tx, audit.Entry{Verb: "incident.attach", Object: "incident:" + in.ID, Detail: pic.origin()})
}

// origin says for the record which file a smaller picture was made from: where it is found, its hash tells.
func (p *taken) origin() string {
	if p == nil || p.before == hashOfPicture(p.photo) {
		return ""
	}
	if sum, err := hex.DecodeString(p.before); err != nil || len(sum) != sha256.Size { // a phone may send any text
		return ""
	}
	return "made from " + p.before
}

func sealPicture(ctx context.Context, tx *db.Tx, in *Incident, pic *taken) error {
	_, err := tx.Exec(ctx, `INSERT INTO attachment (id, incident_id, sha256, mime, size, taken_at, original, shown_copy, by_account, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, newID(), in.ID, hashOfPicture(pic.photo), mimeOf(pic.photo), len(pic.photo),
		in.At.UnixMilli(), pic.photo, pic.shown, audit.By(ctx).Account, tx.Now.UnixMilli())
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
		if err := sealPicture(ctx, tx, in, &taken{photo: photo, shown: shown}); err != nil {
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
	mostPixels = 52_000_000 // of a JPEG as cameras write them, 80 to 160 MB unpacked
	mostPNG    = 16_000_000 // up to eight bytes a point; and of a progressive JPEG, up to fifteen
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
	if kind != "jpeg" || !baseline(photo) {
		most = mostPNG
	}
	if int64(cfg.Width)*int64(cfg.Height) > most {
		return []byte{}, nil
	}
	drawing <- struct{}{}
	defer func() { <-drawing }()
	return drawAnew(photo)
}

// baseline says whether a JPEG is plainly one that is unpacked as it is read: of any other all parts are kept until the last, in five times the memory.
func baseline(photo []byte) bool {
	for i := 2; i+4 <= len(photo) && photo[i] == 0xff; i += 2 + int(binary.BigEndian.Uint16(photo[i+2:])) {
		switch m := photo[i+1]; {
		case m == 0xc0 || m == 0xc1: // SOF0, SOF1
			return true
		case m < 0xc4 || m > 0xcf && m < 0xdb || m == 0xff: // another frame, or what has no length
			return false
		}
	}
	return false
}

func drawAnew(photo []byte) ([]byte, error) {
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

func (s *Store) incident(ctx context.Context, tx *db.Tx, incident string) (*Incident, error) {
	var args db.Args
	where := ` WHERE i.id = ` + args.Add(incident)
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
	in, id := &all[0], auth.By(ctx)
	reach, _ := id.Reach(mayIncident)
	in.Originals = reach.All || in.By == id.Account
	own := bit(in.Privileged && !reach.All) // who wrote it reads what she wrote, not what counsel did
	in.Words, err = db.All(ctx, tx, func(r *sql.Rows) (w Words, err error) {
		var at int64
		err = r.Scan(&w.Text, &w.People, &w.Witnesses, &w.By, &at)
		w.At = time.UnixMilli(at)
		return w, err
	}, `SELECT t.text, t.people, t.witnesses, COALESCE(a.display, ''), t.at FROM incident_text t LEFT JOIN account a ON a.id = t.by_account
		WHERE t.incident_id = $1 AND ($2 = 0 OR t.by_account = $3) ORDER BY t.seq DESC LIMIT 200`, in.ID, own, id.Account)
	if err != nil {
		return nil, fmt.Errorf("read words: %w", err)
	}
	in.Pictures, err = db.All(ctx, tx, func(r *sql.Rows) (p Picture, err error) {
		var at int64
		err = r.Scan(&p.ID, &p.SHA256, &p.Mime, &p.Size, &at, &p.Shown)
		p.TakenAt = time.UnixMilli(at)
		return p, err
	}, `SELECT id, sha256, mime, size, taken_at, LENGTH(shown_copy) > 0 FROM attachment WHERE incident_id = $1 ORDER BY id LIMIT 50`, in.ID)
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
		if err := describe(ctx, tx, id, w); err != nil {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "incident.describe", Object: "incident:" + id})
	})
}

func describe(ctx context.Context, tx *db.Tx, id string, w Words) error {
	if err := addWords(ctx, tx, id, w); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE incident SET state = 'described' WHERE id = $1 AND state = 'captured'`, id); err != nil {
		return fmt.Errorf("describe incident: %w", err)
	}
	return nil
}

// Look returns a picture: the copy that pages show, or the original as it was taken, which may say where and by which device: for who took it and those whose
// ability is for the whole unit. The reading is on record, of the original by its hash. Errors: Missing, Forbidden.
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
		in, err := s.incident(ctx, tx, incident)
		if err == nil && original && !in.Originals {
			err = fault.New(fault.Forbidden, "auth.not_your_role")
		}
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
