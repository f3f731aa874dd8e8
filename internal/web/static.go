// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/fault"
)

//go:embed static
var staticFiles embed.FS

// static serves our own files under names that hold a hash of their bytes, so that a browser keeps them for good. Modules
// import one another by relative names without the hash; those are asked for again, cheaply, by their ETag.
type static struct {
	files  map[string]staticFile
	hashed map[string]string // name -> URL
}

type staticFile struct {
	body []byte
	etag string
	kind string
}

func newStatic() (*static, error) {
	s := &static{files: map[string]staticFile{}, hashed: map[string]string{}}
	err := fs.WalkDir(staticFiles, "static", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := staticFiles.ReadFile(name)
		if err != nil {
			return err
		}
		name = strings.TrimPrefix(name, "static/")
		sum := sha256.Sum256(body)
		hash := base64.RawURLEncoding.EncodeToString(sum[:9])
		ext := path.Ext(name)
		kind := mime.TypeByExtension(ext)
		switch ext { // the machine's own table may say otherwise or nothing
		case ".js":
			kind = "text/javascript; charset=utf-8"
		case ".css":
			kind = "text/css; charset=utf-8"
		case ".svg":
			kind = "image/svg+xml"
		}
		s.files[name] = staticFile{body: body, etag: `"` + hash + `"`, kind: kind}
		s.hashed[name] = "/static/" + name + "?v=" + hash
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read static files: %w", err)
	}
	return s, nil
}

// url returns the address of a file, for templates; one that is not there is a mistake in the template.
func (s *static) url(name string) (string, error) {
	if u, ok := s.hashed[name]; ok {
		return u, nil
	}
	return "", fmt.Errorf("no static file %s", name)
}

func (s *static) serve(w http.ResponseWriter, r *http.Request) error {
	f, ok := s.files[r.PathValue("file")]
	if !ok {
		return fault.New(fault.Missing, "web.missing")
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", f.etag)
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == strings.Trim(f.etag, `"`) {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if path.Base(r.PathValue("file")) == "sw.js" { // a service worker tends every page, not its own folder alone
		h.Set("Service-Worker-Allowed", "/")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
	return nil
}
