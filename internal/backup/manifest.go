// SPDX-License-Identifier: Apache-2.0

package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// Manifest says what a backup is. It holds nothing that the bearer of the file may not know.
type Manifest struct {
	Format    int       `json:"format"` // 1
	Created   time.Time `json:"created"`
	Program   string    `json:"program"` // version that wrote it
	Engine    db.Engine `json:"engine"`
	Encrypted bool      `json:"encrypted"`           // the database has a key of its own, under age's
	Namespace string    `json:"namespace,omitempty"` // PostgreSQL: its schema
	Schema    int64     `json:"schema"`              // newest migration
	AuditSeq  int64     `json:"audit_seq"`           // where the audit chain in it ends
	AuditHash string    `json:"audit_hash"`
	Plain     int64     `json:"plain_bytes"` // of the copy or dump
	Size      int64     `json:"bytes"`       // of the .age file
	SHA256    string    `json:"sha256"`      // of the .age file
}

const (
	format      = 1
	manifestExt = ".manifest"
	maxManifest = 64 << 10
)

// sign returns m as a signed note: JSON, one member a line, an empty line, the signature.
func (m Manifest) sign(by note.Signer) ([]byte, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	b, err := note.Sign(&note.Note{Text: string(text) + "\n"}, by)
	if err != nil {
		return nil, fmt.Errorf("sign manifest: %w", err)
	}
	return b, nil
}

// ReadManifest returns the manifest beside the backup file, whose signature by v holds. Errors: Missing when there is none,
// Invalid when it was signed by somebody else, altered, or written by a newer program.
func ReadManifest(file string, v note.Verifier) (Manifest, error) {
	var m Manifest
	f, err := os.Open(file + manifestExt)
	if errors.Is(err, os.ErrNotExist) {
		return m, fault.New(fault.Missing, "backup.no_manifest", "File", file+manifestExt)
	} else if err != nil {
		return m, fmt.Errorf("open manifest: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxManifest))
	if err != nil {
		return m, fmt.Errorf("read manifest: %w", err)
	}
	n, err := note.Open(b, note.VerifierList(v))
	if err != nil {
		return m, &fault.Error{Code: fault.Invalid, Key: "backup.signature", Args: map[string]any{
			"File": file + manifestExt,
			"Key":  v.Name(),
		}, Err: err}
	}
	if err := json.Unmarshal([]byte(n.Text), &m); err != nil {
		return m, fmt.Errorf("decode manifest: %w", err)
	}
	if m.Format != format {
		return m, fault.New(fault.Invalid, "backup.newer_format", "Format", m.Format)
	}
	return m, nil
}
