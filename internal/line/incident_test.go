// SPDX-License-Identifier: Apache-2.0

package line

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tenday/tenday/internal/auth"
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

// An original may say where it was taken and by which device, and what counsel asks to have written down is between counsel and who wrote it.
func TestOriginalsAndCounselsWordsAreForFew(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(3)
		id, _ := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 2)
		w.must(w.NameCaptain(w.boss, id, person(1), false, false))
		w.must(w.NameCaptain(w.boss, id, person(2), false, false))
		for _, privileged := range []bool{false, true} {
			one, err := w.Capture(w.as(1), Incident{Line: id, Kind: "vehicle", Privileged: privileged}, "A truck came close.", withEXIF(t))
			w.must(err)
			w.must(w.Describe(w.boss, one, Words{Text: "For the lawyer."}))
			versions := map[string]int{}
			for who, ctx := range map[string]context.Context{"author": w.as(1), "captain": w.as(2), "unit": w.boss} {
				in, err := w.OneIncident(ctx, one)
				if who == "captain" && privileged {
					if fault.CodeOf(err) != fault.Missing {
						t.Errorf("another captain: %v", err)
					}
					continue
				}
				w.must(err)
				versions[who] = len(in.Words)
				_, _, err = w.Look(ctx, in.Pictures[0].ID, true)
				if may := who != "captain"; in.Originals != may || (err == nil) != may {
					t.Errorf("the original for the %s: %v, %v", who, in.Originals, err)
				}
			}
			want := map[string]int{"author": 2, "captain": 2, "unit": 2}
			if privileged {
				want = map[string]int{"author": 1, "unit": 2}
			}
			if !maps.Equal(versions, want) {
				t.Errorf("privileged %v: %v", privileged, versions)
			}
		}
	})
}

// A picture is looked at after it is known who sends it, and a small file that unpacks to gigabytes is kept as it is and not unpacked.
func TestAPictureIsUnpackedForThoseWhoMayAndNeverABomb(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(2)
		id, _ := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 2)
		w.must(w.NameCaptain(w.boss, id, person(1), false, false))
		if _, err := w.Capture(w.as(2), Incident{Line: id, Kind: "police"}, "", []byte("no picture")); fault.CodeOf(err) != fault.Missing {
			t.Errorf("her picture was looked at before who she is: %v", err)
		}
		bomb := pngOf(60000, 60000) // 57 bytes; 14 GB unpacked, and it has no points at all: who unpacks it fails
		one, err := w.Capture(w.as(1), Incident{Line: id, Kind: "police"}, "", bomb)
		w.must(err)
		in, err := w.OneIncident(w.as(1), one)
		w.must(err)
		if len(in.Pictures) != 1 || in.Pictures[0].Shown {
			t.Fatalf("%+v", in.Pictures)
		}
		if original, _, err := w.Look(w.as(1), in.Pictures[0].ID, true); err != nil || !bytes.Equal(original, bomb) {
			t.Errorf("the original: %v", err)
		}
	})
}

// pngOf is the beginning of a PNG of that size.
func pngOf(width, height uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
	b = binary.BigEndian.AppendUint32(b, width)
	b = binary.BigEndian.AppendUint32(b, height)
	b = append(b, 8, 2, 0, 0, 0)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[12:]))
}

// jpegOf is a JPEG of three colors without a picture in it: of the kind that a camera writes (0xc0), or a progressive one (0xc2).
func jpegOf(w, h int, frame byte, before ...byte) []byte {
	b := slices.Concat([]byte{0xff, 0xd8}, before, []byte{0xff, 0xdb, 0, 67, 0}, bytes.Repeat([]byte{1}, 64),
		[]byte{0xff, frame, 0, 17, 8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0},
		[]byte{0xff, 0xc4, 0, 20, 0, 1}, make([]byte, 16), []byte{0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0})
	return append(append(b, make([]byte, (w+7)/8*((h+7)/8)*3/8+8)...), 0xff, 0xd9)
}

// 300 KB of a progressive JPEG take 780 MB to unpack.
func TestAProgressivePictureIsDrawnOnlyWhileItIsSmall(t *testing.T) {
	t.Parallel()

	for name, photo := range map[string][]byte{
		"plain": jpegOf(7200, 7200, 0xc2), "behind padding": jpegOf(7200, 7200, 0xc2, 0xff, 0xff), "behind a marker without length": jpegOf(7200, 7200, 0xc2, 0xff, 0xd0),
	} {
		if shown, err := withoutEXIF(photo); err != nil || len(shown) != 0 {
			t.Errorf("%s: %d bytes are shown, %v", name, len(shown), err)
		}
	}
	if shown, err := withoutEXIF(jpegOf(400, 400, 0xc2)); err != nil || len(shown) == 0 {
		t.Errorf("a small one: %d bytes, %v", len(shown), err)
	}
	if !baseline(jpegOf(400, 400, 0xc0)) || baseline(jpegOf(400, 400, 0xc2)) || !baseline(withEXIF(t)) {
		t.Error("a camera's picture is not told from a progressive one")
	}
}

// B20.3
func TestAnIncidentIsReviewedClosedAndExportedWithOriginalsHashesAndTheLog(t *testing.T) {
	t.Parallel()

	each(t, func(t *testing.T, w *world) {
		w.people(2)
		id, _ := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 2)
		w.must(w.NameCaptain(w.boss, id, person(1), false, false))
		photo := withEXIF(t)
		one, err := w.Capture(w.as(1), Incident{Line: id, Kind: "vehicle"}, "A truck came close.", photo)
		w.must(err)
		if err := w.Judge(w.as(1), one, Review); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("the captain judges what she wrote: %v", err)
		}
		if err := w.Judge(w.as(2), one, Review); fault.CodeOf(err) != fault.Missing {
			t.Errorf("a member: %v", err)
		}
		if err := w.Judge(w.boss, one, Close); keyOf(err) != "line.moved_on" {
			t.Errorf("closed before it was reviewed: %v", err)
		}
		for _, act := range []string{Review, Close, Reopen, Close} {
			w.must(w.Judge(w.boss, one, act))
		}
		var b bytes.Buffer
		to := func() io.Writer { return &b }
		if err := w.ExportIncident(w.boss, one, to); fault.CodeOf(err) != fault.Forbidden || b.Len() > 0 {
			t.Errorf("the coordinator, who may not export: %v, %d bytes", err, b.Len())
		}
		lawyer := auth.As(t.Context(), &auth.Identity{Account: "lawyer", Grants: []auth.Grant{{Role: "lawyer", Scope: auth.Unit, MayExport: true}}})
		w.must(w.ExportIncident(lawyer, one, to))
		z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		w.must(err)
		got := map[string]string{}
		for _, f := range z.File {
			r, err := f.Open()
			w.must(err)
			body, err := io.ReadAll(r)
			w.must(err)
			name, _, _ := strings.Cut(f.Name, "-")
			got[name] = string(body)
		}
		sum := fmt.Sprintf("%x", sha256.Sum256(photo))
		if got["original"] != string(photo) || !strings.HasPrefix(got["SHA256SUMS"], sum) || !strings.Contains(got["incident.json"], "A truck came close.") {
			t.Errorf("%d files", len(got))
		}
		for _, verb := range []string{"incident.capture", "incident.judge", "incident.export"} {
			if !strings.Contains(got["log.csv"], verb) {
				t.Errorf("no %s in the log:\n%s", verb, got["log.csv"])
			}
		}
	})
}

// withEXIF is a picture with a block of camera data in it.
func withEXIF(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range 40 {
		img.Set(i, i%30, color.RGBA{uint8(6 * i), 80, 120, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	exif := append([]byte{0xFF, 0xE1, 0, 22}, []byte("Exif\x00\x00GPS-44.9,-93.1")...)
	exif[3] = byte(len(exif) - 2)
	return append(append([]byte{0xFF, 0xD8}, exif...), b.Bytes()[2:]...)
}

// B20.1, B20.2: without a signal words and picture are two events, which come in any order and more than once.
func TestAPictureThatWaitedOnAPhoneJoinsItsWordsInAnyOrderAndOnce(t *testing.T) {
	t.Parallel()

	photo := withEXIF(t)
	for name, order := range map[string][]string{
		"words first": {"words", "picture"}, "picture first": {"picture", "words"}, "each twice": {"picture", "words", "words", "picture"},
		"the form came, too": {"form", "words", "picture"}, "the form came last": {"picture", "words", "form"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, w *world) {
				w.people(2)
				id, _ := w.line("West St. Paul", "55118", "2025-11-05T07:00", "2025-11-05T11:00", 2)
				w.must(w.NameCaptain(w.boss, id, person(1), false, false))
				incident, at := newID(), w.chicago("2025-11-05T07:30:00")
				w.chicago("2025-11-05T08:00:00")
				event := func(f func(context.Context, *db.Tx, uuid.UUID, time.Time, json.RawMessage) error, data map[string]any) error {
					data["line"], data["incident"], data["kind"], data["privileged"] = id, incident, "vehicle", true
					raw, err := json.Marshal(data)
					w.must(err)
					return db.Do(w.as(1), w.d, func(tx *db.Tx) error { return f(w.as(1), tx, uuid.Must(uuid.NewV7()), at, raw) })
				}
				for _, part := range order {
					switch part {
					case "words":
						w.must(event(w.ApplyIncident, map[string]any{"text": "A truck came close."}))
					case "picture":
						w.must(event(w.ApplyPicture, map[string]any{"picture": photo, "sha256": hashOfPicture(photo), "taken": hashOfPicture(photo)}))
					case "form":
						_, err := w.Capture(w.as(1), Incident{ID: incident, Line: id, Kind: "vehicle", Privileged: true}, "A truck came close.", photo)
						w.must(err)
					}
				}
				if err := event(w.ApplyPicture, map[string]any{"picture": photo[:len(photo)-1], "sha256": hashOfPicture(photo)}); fault.CodeOf(err) != fault.Invalid {
					t.Errorf("another picture than the one whose hash was sealed: %v", err)
				}
				got, err := w.OneIncident(w.as(1), incident)
				w.must(err)
				said := 0
				for _, v := range got.Words {
					said += bit(v.Text != "")
				}
				if said != 1 || got.State != "described" || !got.Privileged || len(got.Pictures) != 1 || got.Pictures[0].SHA256 != hashOfPicture(photo) || !got.Pictures[0].Shown {
					t.Errorf("%+v", got)
				}
				original, _, err := w.Look(w.boss, got.Pictures[0].ID, true)
				w.must(err)
				shown, _, err := w.Look(w.boss, got.Pictures[0].ID, false)
				w.must(err)
				if !bytes.Equal(original, photo) || bytes.Contains(shown, []byte("GPS-44.9")) {
					t.Error("the original is not as it was taken, or the copy has the camera's data")
				}
				if order[0] != "form" && (!got.At.Equal(at) || !got.Pictures[0].TakenAt.Equal(at)) {
					t.Errorf("at %v, taken %v, want %v", got.At, got.Pictures[0].TakenAt, at)
				}
			})
		})
	}
}

func TestNoWordOfAPhoneButAHashComesIntoTheRecordOfAPicture(t *testing.T) {
	t.Parallel()

	before := hashOfPicture([]byte("larger"))
	for said, want := range map[string]string{before: "made from " + before, hashOfPicture([]byte("x")): "", "": "", strings.Repeat("Katherine Nguyen", 4): ""} {
		if got := (&taken{photo: []byte("x"), before: said}).origin(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
