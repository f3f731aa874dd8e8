// SPDX-License-Identifier: Apache-2.0

package line_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/jpeg"
	"image/png"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/app"
	"github.com/tenday/tenday/internal/app/apptest"
	"github.com/tenday/tenday/internal/db"
)

var named = regexp.MustCompile(`\{[a-z]+\}`)

// Every route of the room as whoever may much and as whoever may little, with forms that hold names and words: none of them stands in the log, in an address to
// which an answer leads, or in an error page that does not show her own form.
func TestNoNameAndNoWordOfAnybodyStandsInTheLog(t *testing.T) {
	t.Parallel()

	h := apptest.New(t)
	var log bytes.Buffer
	a, err := app.New(t.Context(), app.Config{DB: h.DB, Version: "test", Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	id, shift := hastings(t, h)
	h.Clock.Set(time.Date(2025, 11, 5, 13, 30, 0, 0, time.UTC))
	booking, err := db.InRead(t.Context(), h.DB, func(tx *db.Tx) (id string, err error) {
		return id, tx.Row(t.Context(), `SELECT id FROM shift_entry`).Scan(&id)
	})
	if err != nil {
		t.Fatal(err)
	}
	incident := uuid.Must(uuid.NewV7()).String()
	ids := map[string]string{"{line}": id, "{shift}": shift, "{booking}": booking, "{incident}": incident, "{strike}": "", "{plan}": incident, "{swap}": incident, "{token}": "Grudge", "{wall}": "Grudge"}
	secret := []string{"Katherine", "Nguyen", "Almquist", "Grudge", "651555", "mail.example.org", "Wilma", "55033"}
	form := url.Values{
		"name": {"Katherine Grudge"}, "person": {"Wilma Grudge"}, "code": {"GRUDGE"}, "text": {"Grudge was hurt"}, "people": {"Grudge"}, "witnesses": {"Grudge"}, "note": {"Grudge"}, "weather": {"Grudge"},
		"from": {"Grudge"}, "to": {"Grudge"}, "here": {"Grudge"}, "role": {"Grudge"}, "kind": {"Grudge"}, "method": {"Grudge"}, "paper": {"Grudge"}, "minutes": {"Grudge"}, "hours": {"Grudge"},
		"strike": {"Grudge"}, "answer": {"Grudge"}, "place": {"Grudge"}, "zip": {"55033"}, "next": {"/shifts"}, "id": {"Grudge"}, "shift": {"Grudge"}, "until": {"Grudge"},
	}
	do := func(role, method, path, kind string, body []byte) {
		t.Helper()
		req := httptest.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(body))
		req.Header.Set("Content-Type", kind)
		if c := h.Cookie(role); c != nil {
			req.AddCookie(c)
		}
		rec := httptest.NewRecorder()
		a.Handler().ServeHTTP(rec, req)
		for _, word := range secret {
			if to := rec.Header().Get("Location"); strings.Contains(to, word) && !strings.Contains(path, word) {
				t.Errorf("%s %s as %s leads to %s", method, path, role, to)
			}
		}
		if rec.Code >= http.StatusInternalServerError {
			t.Errorf("%s %s as %s: %d", method, path, role, rec.Code)
		}
	}
	var upload bytes.Buffer
	parts := multipart.NewWriter(&upload)
	for name, value := range map[string]string{"id": incident, "kind": "injury", "text": "Grudge was hurt"} {
		if err := parts.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	file, err := parts.CreateFormFile("photo", "Katherine Grudge.png")
	if err == nil {
		err = png.Encode(file, image.NewGray(image.Rect(0, 0, 4, 4)))
	}
	if err != nil || parts.Close() != nil {
		t.Fatal(err)
	}
	event := func(kind, data string) map[string]any {
		return map[string]any{"id": uuid.Must(uuid.NewV7()).String(), "kind": kind, "at": h.Clock.Now().UnixMilli(), "data": json.RawMessage(data)}
	}
	batch, err := json.Marshal(map[string]any{"device": "Grudge", "events": []any{
		event("checkin", `{"line": "`+id+`", "name": "Katherine Grudge", "kind": "in", "method": "walk_in"}`), event("checkin", `{"line": 7, "name": "Grudge"}`), event("incident", `"Grudge"`),
		event("line_report", `{"note": "Grudge", "here": "Grudge"}`), event("picture", `{"picture": "Grudge"}`), event("Grudge", `"Grudge"`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"captain", "lead", "member", "press", ""} {
		do(role, http.MethodPost, "/lines/"+id+"/incident/upload", parts.FormDataContentType(), upload.Bytes())
		do(role, http.MethodPost, "/sync", "application/json", batch)
		for _, r := range a.Server.Routes() {
			method, path, _ := strings.Cut(r.Pattern, " ")
			if strings.HasPrefix(path, "/live/") || !regexp.MustCompile(`^/(line|shift|swap|wall|handover|booking|incident)`).MatchString(path) {
				continue
			}
			path = named.ReplaceAllStringFunc(path, func(w string) string {
				if v := ids[w]; v != "" {
					return v
				}
				return "Grudge"
			})
			if method == http.MethodGet {
				do(role, method, path+"?strike=Grudge&line=Grudge&from=Grudge", "", nil)
			} else {
				do(role, method, path, "application/x-www-form-urlencoded", []byte(form.Encode()))
			}
		}
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "\n"); n < 200 {
		t.Errorf("%d lines were logged", n)
	}
	for line := range strings.Lines(log.String()) {
		for _, word := range secret {
			if strings.Contains(line, word) {
				t.Errorf("%q stands in the log: %s", word, line)
			}
		}
	}
}

// The server's folder for temporary files is gone, so that whatever were written there would fail.
func TestAPictureIsWrittenNowhereButIntoTheDatabase(t *testing.T) {
	h := apptest.New(t)
	id, _ := hastings(t, h)
	h.Clock.Set(time.Date(2025, 11, 5, 13, 30, 0, 0, time.UTC))
	h.Cookie("captain")
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "gone"))
	for size, want := range map[int]int{4 << 20: http.StatusSeeOther, 22 << 20: http.StatusRequestEntityTooLarge} {
		var upload, photo bytes.Buffer
		if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 4, 4)), nil); err != nil {
			t.Fatal(err)
		}
		parts := multipart.NewWriter(&upload)
		file, err := parts.CreateFormFile("photo", "a.jpg")
		if err == nil {
			_, err = file.Write(append(photo.Bytes(), make([]byte, size)...))
		}
		if err != nil || parts.WriteField("kind", "injury") != nil || parts.Close() != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL+"/lines/"+id+"/incident/upload", &upload)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", parts.FormDataContentType())
		if a := h.Do("captain", req); a.Status != want {
			t.Errorf("%d MB: %d, want %d", size>>20, a.Status, want)
		}
	}
}
