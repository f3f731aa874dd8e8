// SPDX-License-Identifier: Apache-2.0

package line

import (
	"archive/zip"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// IncidentState is where the work on an incident stands.
type IncidentState string

// The acts on an incident, by whoever may read those of others.
const (
	Review = "review"
	Close  = "close"
	Reopen = "reopen"
)

// nextIncident is the life of an incident after its capture; words are what takes it from captured to described.
var nextIncident = map[IncidentState]map[string]IncidentState{
	"captured":  {Review: "reviewed"},
	"described": {Review: "reviewed"},
	"reviewed":  {Close: "closed"},
	"closed":    {Reopen: "reviewed"},
}

// Acts are what can be done about an incident in this state, sorted.
func (s IncidentState) Acts() (acts []string) {
	for act := range nextIncident[s] {
		acts = append(acts, act)
	}
	slices.Sort(acts)
	return acts
}

// judges says whether the caller may review and close an incident: she reads incidents of others there, and not only because she leads the line.
func (s *Store) judges(ctx context.Context, tx *db.Tx, in *Incident) (bool, error) {
	id := auth.By(ctx)
	if id == nil {
		return false, nil
	}
	r, ok := id.Reach(mayIncident)
	if !ok {
		return false, nil
	}
	l, err := lineOf(ctx, tx, in.Line)
	if err != nil {
		return false, err
	}
	return l.covers(r), nil
}

// Judge moves an incident on. Errors: Missing for those who may not read it, Forbidden for those who may but judge none, Conflict where its state has no such act.
func (s *Store) Judge(ctx context.Context, id, act string) error {
	return db.Do(ctx, s.d, func(tx *db.Tx) error {
		in, err := s.incident(ctx, tx, id)
		if err != nil {
			return err
		}
		if ok, err := s.judges(ctx, tx, in); err != nil {
			return err
		} else if !ok {
			return fault.New(fault.Forbidden, "auth.not_your_role")
		}
		to, ok := nextIncident[IncidentState(in.State)][act]
		if !ok {
			return fault.New(fault.Conflict, "line.moved_on")
		}
		n, err := tx.ExecN(ctx, `UPDATE incident SET state = $1 WHERE id = $2 AND state = $3`, string(to), id, in.State)
		if err != nil {
			return fmt.Errorf("move incident: %w", err)
		}
		if n == 0 {
			return fault.New(fault.Conflict, "line.moved_on")
		}
		return s.done(ctx, tx, audit.Entry{Verb: "incident.judge", Object: "incident:" + id, Detail: string(to)})
	})
}

// ExportIncident writes an archive of one incident to w: incident.json with all versions of its words, the pictures as they were taken, SHA256SUMS of them, and
// log.csv, who recorded, wrote, opened and exported it, with the hashes of the audit. For those who may both read incidents and export. Errors: Forbidden, Missing.
func (s *Store) ExportIncident(ctx context.Context, id string, w func() io.Writer) error {
	if _, err := auth.Allowed(ctx, mayIncident); err != nil {
		return err
	}
	if _, err := auth.Allowed(ctx, auth.Export); err != nil {
		return err
	}
	var in *Incident
	originals := map[string][]byte{}
	_, err := db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		var err error
		if in, err = s.incident(ctx, tx, id); err != nil {
			return struct{}{}, err
		}
		for _, p := range in.Pictures {
			var b []byte
			if err := tx.Row(ctx, `SELECT original FROM attachment WHERE id = $1`, p.ID).Scan(&b); err != nil {
				return struct{}{}, fmt.Errorf("read original: %w", err)
			}
			originals[p.ID] = b
		}
		return struct{}{}, nil
	})
	if err != nil {
		return err
	}
	if err := s.audit.Read(ctx, audit.Entry{Verb: "incident.export", Object: "incident:" + id, Count: 1}); err != nil {
		return err
	}
	log, err := s.incidentLog(ctx, id) // with this export in it
	if err != nil {
		return err
	}
	z := zip.NewWriter(w())
	put := func(name string, body []byte) {
		if err != nil {
			return
		}
		var f io.Writer
		if f, err = z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: in.At.UTC()}); err == nil {
			_, err = f.Write(body)
		}
	}
	text, jsonErr := json.MarshalIndent(in, "", "  ")
	if jsonErr != nil {
		return fmt.Errorf("write incident: %w", jsonErr)
	}
	put("incident.json", append(text, '\n'))
	var sums strings.Builder
	for _, p := range in.Pictures {
		name := "original-" + p.ID + "." + strings.TrimPrefix(p.Mime, "image/")
		put(name, originals[p.ID])
		fmt.Fprintf(&sums, "%s  %s\n", p.SHA256, name)
	}
	put("SHA256SUMS", []byte(sums.String()))
	put("log.csv", log)
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	return nil
}

// incidentLog is what the audit holds of one incident, the oldest first. It has ids of accounts, no names.
func (s *Store) incidentLog(ctx context.Context, id string) ([]byte, error) {
	var b strings.Builder
	c := csv.NewWriter(&b)
	_ = c.Write([]string{"seq", "at", "account", "what", "detail", "device", "hash"}) // a buffer does not fail
	_, err := db.InRead(ctx, s.d, func(tx *db.Tx) (struct{}, error) {
		return struct{}{}, tx.Rows(ctx, `SELECT seq, at, actor, verb, detail, device, hash FROM audit_record WHERE object = $1 ORDER BY seq LIMIT 5000`,
			[]any{"incident:" + id}, func(r *sql.Rows) error {
				var seq, at int64
				var row [5]string
				if err := r.Scan(&seq, &at, &row[0], &row[1], &row[2], &row[3], &row[4]); err != nil {
					return err
				}
				return c.Write(append([]string{strconv.FormatInt(seq, 10), time.UnixMilli(at).UTC().Format(time.RFC3339)}, row[:]...))
			})
	})
	c.Flush()
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	return []byte(b.String()), nil
}
