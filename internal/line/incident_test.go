// SPDX-License-Identifier: Apache-2.0

package line

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"testing"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// B20.2, B20.3, B20.4
func TestAnIncidentKeepsItsOriginalSealedAndShowsACopyWithoutTheCamerasData(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(2)
		id, _ := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 2)
		w.must(w.NameCaptain(w.boss, id, person(1), false, false))
		photo := withEXIF(t)
		in := Incident{ID: newID(), Line: id, Kind: "vehicle"}
		for range 2 { // sent twice
			_, err := w.Capture(w.as(1), in, "", photo)
			w.must(err)
		}
		w.must(w.Describe(w.as(1), in.ID, Words{Text: "A truck came close."}))
		w.must(w.Describe(w.boss, in.ID, Words{Text: "A truck came within a yard.", Witnesses: "two"}))
		got, err := w.OneIncident(w.boss, in.ID)
		w.must(err)
		if len(got.Words) != 3 || got.Words[0].Text != "A truck came within a yard." || len(got.Pictures) != 1 || got.State != "described" || got.Place != "the corner" {
			t.Fatalf("%+v", got)
		}
		original, _, err := w.Look(w.boss, got.Pictures[0].ID, true)
		w.must(err)
		if !bytes.Equal(original, photo) {
			t.Error("the original is not as it was taken")
		}
		shown, mime, err := w.Look(w.as(1), got.Pictures[0].ID, false)
		w.must(err)
		if mime != "image/jpeg" || bytes.Contains(shown, []byte("Exif")) || bytes.Contains(shown, []byte("GPS-44.9")) {
			t.Errorf("the copy shown still has the camera's data (%s)", mime)
		}
		if _, err := w.OneIncident(w.as(2), in.ID); fault.CodeOf(err) != fault.Missing {
			t.Errorf("a member reads it: %v", err)
		}
		if _, err := w.Capture(w.as(2), Incident{Line: id, Kind: "police"}, "", nil); fault.CodeOf(err) != fault.Missing {
			t.Errorf("a member who leads nothing: %v", err)
		}
		if _, err := w.Capture(w.as(1), Incident{Line: id, Kind: "police"}, "", []byte("no picture")); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("no picture: %v", err)
		}
		n, err := db.InRead(t.Context(), w.d, func(tx *db.Tx) (n int, err error) {
			return n, tx.Row(t.Context(), `SELECT COUNT(*) FROM audit_record WHERE verb IN ('incident.open', 'incident.picture') AND object = $1`, "incident:"+in.ID).Scan(&n)
		})
		if err != nil || n != 3 {
			t.Errorf("%d readings on record, %v", n, err)
		}
	})
}

// withEXIF is a picture with a block of camera data in it.
func withEXIF(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range 40 {
		img.Set(i, i%30, color.RGBA{uint8(rand.IntN(256)), 80, 120, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	exif := append([]byte{0xFF, 0xE1, 0, 22}, []byte("Exif\x00\x00GPS-44.9,-93.1")...)
	exif[3] = byte(len(exif) - 2)
	return append(append([]byte{0xFF, 0xD8}, exif...), b.Bytes()[2:]...)
}
