// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tenday/tenday/internal/line"
)

// photo is a small JPEG with a place in it, as a camera writes it.
func photo(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for y := range 240 {
		for x := range 320 {
			img.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x * y), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	exif := []byte("\xff\xe1\x00\x18Exif\x00\x00GPS-44.9,-93.100")
	exif[3] = byte(len(exif) - 2)
	return append(append([]byte{0xff, 0xd8}, exif...), b.Bytes()[2:]...)
}

// takes puts a file where the camera puts it.
func (p *Tab) takes(file []byte) {
	p.t.Helper()
	Eval[bool](p, `(() => {
		const bytes = Uint8Array.from(atob("`+base64.StdEncoding.EncodeToString(file)+`"), (c) => c.charCodeAt(0)), all = new DataTransfer();
		all.items.add(new File([bytes], "photo.jpg", { type: "image/jpeg" }));
		document.querySelector("#photo").files = all.files;
		return true;
	})()`)
}

// nothingWaits tells whether the queue on the phone's disk is empty: what a page says of it before its script has looked, it was drawn with.
const nothingWaits = `(async () => {
	const db = await new Promise(done => { const r = indexedDB.open("tenday"); r.onsuccess = () => done(r.result) });
	const n = await new Promise(done => { db.transaction("queue").objectStore("queue").count().onsuccess = e => done(e.target.result) });
	db.close();
	return n === 0;
})()`

// incidents are what the campaign has of the line.
func (m *picketLine) incidents(t *testing.T) (all []line.Incident) {
	t.Helper()
	list, err := m.Line.Incidents(m.As("captain"))
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range list {
		one, err := m.Line.OneIncident(m.As("captain"), in.ID)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, *one)
	}
	return all
}

// B20.1, B20.2
func TestAnIncidentsPictureWaitsOnThePhoneAndArrivesAsItWasTaken(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	m := newPicketLine(t, Open(t))
	m.at("2025-11-05T07:30")
	p := m.tab(t, "captain")
	day, file := "/lines/"+m.line+"/day", photo(t)
	p.Go(day)
	p.chip("All sent")
	m.down.Store(true)
	p.Click(`a[data-dialog="incident"]`)
	p.takes(file)
	p.Type("#incident-text", "A truck came close.")
	p.Click(`#incident button[value="vehicle"]`)
	p.chip("2 waiting to send")
	p.Sees("Saved on this phone. It is sent when there is a signal.")
	p.wait(`!document.querySelector("#incident").open`)
	p.Shot("incident-kept")
	if kept := Eval[string](p, onDisk); bytes.Contains([]byte(kept), []byte(base64.StdEncoding.EncodeToString(file)[:200])) {
		t.Error("the picture is on the disk in clear")
	}
	p.leads(chromedp.Navigate("about:blank")) // the page is closed
	if n := len(m.incidents(t)); n != 0 {
		t.Fatalf("%d incidents have come without a signal", n)
	}
	m.double.Store(true) // every send arrives twice, and
	m.drop.Store(1)      // one answer is lost
	m.down.Store(false)
	p.Go(day)
	p.wait(nothingWaits)
	p.chip("All sent")
	p.Silent() // of the sends that nobody answered
	all := m.incidents(t)
	sum := sha256.Sum256(file)
	if len(all) != 1 || all[0].State != "described" || len(all[0].Words) == 0 || all[0].Words[0].Text != "A truck came close." || len(all[0].Pictures) != 1 ||
		all[0].Pictures[0].SHA256 != hex.EncodeToString(sum[:]) {
		t.Fatalf("%+v", all)
	}
	original, _, err := m.Line.Look(m.As("captain"), all[0].Pictures[0].ID, true)
	if err != nil || !bytes.Equal(original, file) {
		t.Errorf("the original is not as it was taken: %v", err)
	}
	shown, _, err := m.Line.Look(m.As("captain"), all[0].Pictures[0].ID, false)
	if err != nil || len(shown) == 0 || bytes.Contains(shown, []byte("GPS")) {
		t.Errorf("the copy shown says where: %v", err)
	}
	p.Go("/incidents/" + all[0].ID)
	p.wait(`document.querySelector("main img").naturalWidth === 320`)
	p.Fit()
	p.Shot("incident-picture")
}

// A camera's picture is too large to wait sealed on a phone: it is drawn smaller, and the hash of the one in the camera's roll is on record.
func TestALargePictureWaitsDrawnSmaller(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	m := newPicketLine(t, Open(t))
	m.at("2025-11-05T07:30")
	p := m.tab(t, "captain")
	p.Go("/lines/" + m.line + "/day")
	p.chip("All sent")
	m.down.Store(true)
	p.Click(`a[data-dialog="incident"]`)
	size := Eval[int](p, `(async () => {
		const canvas = document.createElement("canvas"), pen = canvas.getContext("2d"), all = new DataTransfer();
		[canvas.width, canvas.height] = [3000, 2000];
		for (let i = 0; i < 30000; i++) {
			pen.fillStyle = "#" + ((i * 2654435761) >>> 8).toString(16).padStart(6, "0").slice(0, 6);
			pen.fillRect((i * 7919) % 3000, (i * 104729) % 2000, 40, 40);
		}
		const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 1));
		all.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
		document.querySelector("#photo").files = all.files;
		return blob.size;
	})()`)
	p.Click(`#incident button[value="police"]`)
	p.chip("2 waiting to send")
	m.down.Store(false)
	p.chip("All sent")
	p.Silent()
	all := m.incidents(t)
	if len(all) != 1 || len(all[0].Pictures) != 1 {
		t.Fatalf("%+v", all)
	}
	pic := all[0].Pictures[0]
	original, _, err := m.Line.Look(m.As("captain"), pic.ID, true)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(original))
	sum := sha256.Sum256(original)
	if err != nil || max(cfg.Width, cfg.Height) > 1600 || cfg.Height != 1067 || len(original) > 480<<10 || !pic.Shown || pic.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("%d bytes became %d, %d x %d: %v", size, len(original), cfg.Width, cfg.Height, err)
	}
}

// diskShort has room for words, and for no picture.
const diskShort = `{
	const put = IDBObjectStore.prototype.put;
	IDBObjectStore.prototype.put = function (...args) {
		if (this.name === "queue" && args[0].sealed.length > 10_000) throw new DOMException("no room", "QuotaExceededError");
		return put.apply(this, args);
	};
}`

func TestAFullPhoneKeepsTheWordsAndThePictureStaysInTheForm(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	m := newPicketLine(t, Open(t))
	m.at("2025-11-05T07:30")
	p := m.tab(t, "captain")
	p.before(diskShort)
	p.Go("/lines/" + m.line + "/day")
	p.chip("All sent")
	m.down.Store(true)
	p.Click(`a[data-dialog="incident"]`)
	file := photo(t)
	p.takes(file)
	p.Type("#incident-text", "A truck came close.")
	p.Click(`#incident button[value="vehicle"]`)
	p.Sees("The words are saved on this phone", "there is no room")
	p.chip("1 waiting to send")
	p.axe(`{type: "tag", values: ["wcag2a", "wcag2aa"]}`)
	p.Shot("incident-full")
	m.down.Store(false)
	p.chip("All sent")
	p.Silent()
	if all := m.incidents(t); len(all) != 1 || all[0].Words[0].Text != "A truck came close." || len(all[0].Pictures) != 0 {
		t.Errorf("%+v", all)
	}
	p.Click(`#incident button[value="vehicle"]`) // again, with a signal
	p.wait(`!document.querySelector("#incident").open`)
	p.Sees("Saved. Add the words when it is calm.")
	all := m.incidents(t)
	sum := sha256.Sum256(file)
	if len(all) != 1 || len(all[0].Pictures) != 1 || all[0].Pictures[0].SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("%+v", all)
	}
	p.Quick()
}
