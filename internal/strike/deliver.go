// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// ProofMost is how large a proof may be, in bytes: a scan or a photograph.
const ProofMost = 8 << 20

// proofTypes are the kinds of file that are kept, as their bytes say, not as their names do.
var proofTypes = []string{"application/pdf", "image/jpeg", "image/png", "text/plain; charset=utf-8"}

// Upload is a file as it arrives.
type Upload struct {
	Name string
	Body []byte
}

// Deliver records where copies of a notice stand now; each names its copy by ID, or by Recipient and Site for a new one. A file
// may come with each, by the copy's place in the list. What was recorded before stays on file. The first copy that was sent
// locks what the notice states. Errors: Missing, Invalid by field, Conflict for a notice that is withdrawn.
func (s *Store) Deliver(ctx context.Context, noticeID string, copies []Delivery, files map[int]Upload) error {
	return s.write(ctx, func(tx *db.Tx, b *book) error {
		n, err := b.notice(noticeID)
		if err != nil {
			return err
		}
		if !n.Withdrawn.IsZero() {
			return fault.New(fault.Conflict, "strike.notice.withdrawn")
		}
		count := 0
		var problems []*fault.Error
		for i := range copies {
			d := &copies[i]
			changed, problem, err := n.place(b, d, files[i].Name != "")
			if err != nil {
				return err
			}
			if problem != nil {
				problems = append(problems, problem)
				continue
			}
			if !changed {
				continue
			}
			if up, ok := files[i]; ok && up.Name != "" {
				if d.File, problem, err = keepFile(ctx, tx, n.Action, up); err != nil {
					return err
				} else if problem != nil {
					problem.Field += "-" + d.ID
					problems = append(problems, problem)
					continue
				}
			}
			count++
			d.By = audit.By(ctx).Account
			if err := addDelivery(ctx, tx, d); err != nil {
				return err
			}
		}
		if err := fault.Join(problems...); err != nil || count == 0 {
			return err
		}
		return s.done(ctx, tx, audit.Entry{Verb: "strike.deliver", Object: "notice:" + n.ID, Count: count})
	})
}

// place finds the row that d goes on from, numbers it, and tells whether d says anything new.
func (n *Notice) place(b *book, d *Delivery, file bool) (changed bool, problem *fault.Error, err error) {
	d.Notice = n.ID
	i := slices.IndexFunc(n.Deliveries, func(o Delivery) bool {
		return o.ID == d.ID || d.ID == "" && o.Recipient == d.Recipient && o.Site == d.Site
	})
	var before Delivery
	switch {
	case i >= 0:
		before = n.Deliveries[i]
		d.ID, d.Recipient, d.Site, d.Seq = before.ID, before.Recipient, before.Site, before.Seq+1
		if d.File == nil {
			d.File = before.File
		}
	case d.ID != "":
		return false, nil, fault.New(fault.Missing, "strike.notice.missing")
	default:
		d.ID, d.Seq = newID(), 1
		if !slices.Contains(append(n.Kind.Recipients(), StateAgency), d.Recipient) {
			return false, fault.Field("recipient", "strike.ask.no_such"), nil
		}
		if _, ok := b.site(d.Site); d.Site != "" && (!ok || d.Recipient != Institution) {
			return false, fault.Field("site", "strike.no_site"), nil
		}
	}
	if problem := d.check(b); problem != nil {
		problem.Field += "-" + d.ID
		return false, problem, nil
	}
	same := before.State == d.State && before.Sent.String() == d.Sent.String() && before.Received.String() == d.Received.String() &&
		before.Method == d.Method && before.ProofKind == d.ProofKind && before.ProofRef == d.ProofRef
	return !same || file, nil, nil
}

func (d *Delivery) check(b *book) *fault.Error {
	known := []DeliveryState{ToSend, Sent, Received, NotGiven, NotKnown}
	if d.Site != "" {
		known = append(known, Dropped)
	}
	switch {
	case !slices.Contains(known, d.State):
		return fault.Field("state", "strike.ask.no_such")
	case d.Method != "" && !slices.Contains(Methods, d.Method):
		return fault.Field("method", "strike.ask.no_such")
	case d.ProofKind != "" && !slices.Contains(Proofs, d.ProofKind):
		return fault.Field("proof", "strike.ask.no_such")
	case d.State == Received && d.Received.IsZero():
		return fault.Field("received", "strike.deliver.when")
	case d.State == Sent && d.Sent.IsZero():
		return fault.Field("sent", "strike.deliver.when_sent")
	case !d.Received.IsZero() && d.Received.Begin().After(b.now):
		return fault.Field("received", "strike.deliver.future")
	case !d.Sent.IsZero() && d.Sent.Begin().After(b.now):
		return fault.Field("sent", "strike.deliver.future")
	case !d.Sent.IsZero() && !d.Received.IsZero() && d.Received.End().Before(d.Sent.Begin()):
		return fault.Field("received", "strike.deliver.order")
	case len(d.ProofRef) > titleMost:
		return fault.Field("ref", "strike.too_long", "N", titleMost)
	}
	return nil
}

func addDelivery(ctx context.Context, tx *db.Tx, d *Delivery) error {
	file := ""
	if d.File != nil {
		file = d.File.ID
	}
	err := tx.Insert(ctx, "strike_delivery", []string{
		"id", "seq", "notice_id", "recipient", "site_id", "state", "sent", "received", "method", "proof_kind", "proof_ref", "file_id",
		"by_account", "at",
	}, [][]any{{
		d.ID, d.Seq, d.Notice, d.Recipient, d.Site, d.State, d.Sent.String(), d.Received.String(), d.Method, d.ProofKind, d.ProofRef, file,
		d.By, tx.Now.UnixMilli(),
	}})
	if db.IsUnique(err) {
		return &fault.Error{Code: fault.Conflict, Key: "strike.changed_meanwhile", Err: err}
	}
	return err
}

// keepFile keeps a proof by its hash. Its name is what a person gave it, without folders.
func keepFile(ctx context.Context, tx *db.Tx, action string, up Upload) (*File, *fault.Error, error) {
	if len(up.Body) == 0 || len(up.Body) > ProofMost {
		return nil, fault.Field("file", "strike.file.size", "N", ProofMost>>20), nil
	}
	kind := http.DetectContentType(up.Body)
	if !slices.Contains(proofTypes, kind) {
		return nil, fault.Field("file", "strike.file.kind"), nil
	}
	sum := sha256.Sum256(up.Body)
	f := &File{
		ID: newID(), Name: fileName(up.Name), MediaType: kind, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(up.Body)), At: tx.Now,
	}
	err := tx.Insert(ctx, "strike_file", []string{"id", "strike_id", "name", "media_type", "size", "sha256", "body", "by_account", "at"},
		[][]any{{f.ID, action, f.Name, kind, f.Size, f.SHA256, bytes.Clone(up.Body), audit.By(ctx).Account, tx.Now.UnixMilli()}})
	if err != nil {
		return nil, nil, fmt.Errorf("keep file: %w", err)
	}
	return f, nil, nil
}

func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == '"' || r == utf8.RuneError {
			return '_'
		}
		return r
	}, name)
	for len(name) > titleMost {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	return name
}

// Proof returns a proof with its bytes; that it was read is on record before it is returned. Errors: Forbidden, Missing, also
// for a file whose bytes are not those that were kept.
func (s *Store) Proof(ctx context.Context, id string) (File, []byte, error) {
	reach, err := auth.Allowed(ctx, mayRead)
	if err != nil {
		return File{}, nil, err
	}
	var f File
	body, err := db.InRead(ctx, s.d, func(tx *db.Tx) (body []byte, err error) {
		err = tx.Row(ctx, `SELECT id, name, media_type, sha256, size, body FROM strike_file WHERE id = $1`, id).Scan(&f.ID, &f.Name, &f.MediaType,
			&f.SHA256, &f.Size, &body)
		if ok, err := db.Found(err); err != nil {
			return nil, fmt.Errorf("read file: %w", err)
		} else if !ok {
			return nil, fault.New(fault.Missing, "strike.file.missing")
		}
		return body, nil
	})
	if err != nil {
		return File{}, nil, err
	}
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != f.SHA256 {
		return File{}, nil, fault.New(fault.Conflict, "strike.file.altered")
	}
	return f, body, s.log.Read(ctx, audit.Entry{Verb: "strike.proof", Object: "proof:" + f.ID, Scope: reach.Label(), Count: 1})
}
