// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"rsc.io/qr"
)

// camera opens a browser whose camera sees what film shows, over and over. The film may be shot later, before the camera is opened.
func camera(t *testing.T) (b *Browser, film string) {
	t.Helper()
	film = filepath.Join(t.TempDir(), "film.y4m")
	return Open(t, chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-file-for-fake-video-capture", film)), film
}

// shoot makes a film of the square of text as a member's page shows it, held up in the middle of the picture.
func shoot(t *testing.T, film, text string) {
	t.Helper()
	code, err := qr.Encode(text, qr.M) // as web.QR does
	if err != nil {
		t.Fatal(err)
	}
	const w, h, module = 640, 480, 10
	light := bytes.Repeat([]byte{180}, w*h)
	side := (code.Size + 8) * module
	left, top := (w-side)/2, (h-side)/2
	for y := range side {
		for x := range side {
			at := byte(235)
			if code.Black(x/module-4, y/module-4) {
				at = 16
			}
			light[(top+y)*w+left+x] = at
		}
	}
	var b bytes.Buffer
	b.WriteString("YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n")
	for range 2 {
		b.WriteString("FRAME\n")
		b.Write(light)
		b.Write(bytes.Repeat([]byte{128}, w*h/2)) // grey
	}
	if err := os.WriteFile(film, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// noDetector is a browser that does not read codes by itself: Safari on a phone, Firefox.
const noDetector = `delete globalThis.BarcodeDetector`

func TestACodeIsScannedWhereTheBrowserReadsNone(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	b, film := camera(t)
	m := newPicketLine(t, b)
	code, err := m.Line.MyCode(m.As("member"))
	if err != nil {
		t.Fatal(err)
	}
	shoot(t, film, code)
	m.at("2025-11-05T07:05")
	p := m.tab(t, "captain")
	p.before(noDetector)
	p.before(`{ globalThis.streams = []; const real = MediaDevices.prototype.getUserMedia; MediaDevices.prototype.getUserMedia = async function (...args) { const s = await real.apply(this, args); streams.push(s); return s; }; }`)
	p.Go("/lines/" + m.line + "/day")
	p.Sees("Katherine Nguyen", "0 here, 1 booked")
	const library = `performance.getEntriesByType("resource").some((e) => e.name.includes("vendor/qr/decode.js"))`
	if Eval[bool](p, library) {
		t.Error("the library is loaded before the camera is opened")
	}
	p.Click("[data-scan]")
	p.wait(`document.querySelector("[data-roll] li[data-here]")`)
	p.chip("All sent")
	if !Eval[bool](p, library) {
		t.Error("the library was not loaded: something else has read the code")
	}
	p.wait(`!document.querySelector("#scan").open`)
	if !Eval[bool](p, `streams.length === 1 && streams.every((s) => s.getTracks().every((t) => t.readyState === "ended"))`) {
		t.Error("the camera is still on")
	}
	p.Quick()
	p.Go("/lines/" + m.line + "/day")
	p.Sees("Katherine Nguyen", "here since", "1 here, 1 booked")
	p.Quick()
}

func TestTheCameraEndsWithItsDialogAndARefusalIsSaid(t *testing.T) {
	t.Parallel()

	if testing.Short() {
		t.Skip("short: nothing was done in a browser")
	}
	b, film := camera(t)
	shoot(t, film, "https://example.org/menu") // some other square
	m := newPicketLine(t, b)
	m.at("2025-11-05T07:05")
	p := m.tab(t, "captain")
	p.before(noDetector)
	p.before(`{ globalThis.streams = []; const real = MediaDevices.prototype.getUserMedia; MediaDevices.prototype.getUserMedia = async function (...args) {
		if (globalThis.refuses) throw new DOMException("", "NotAllowedError");
		const s = await real.apply(this, args); streams.push(s); return s; }; }`)
	p.Go("/lines/" + m.line + "/day")
	p.Click("[data-scan]")
	p.Sees("This is no member's code.")
	p.Fit()
	p.Shot("scan")
	p.Click("#scan form button")
	p.wait(`!document.querySelector("#scan").open && streams.length === 1 && streams[0].getTracks().every((t) => t.readyState === "ended")`)
	Eval[bool](p, `(globalThis.refuses = true)`)
	p.Click("[data-scan]")
	p.Sees("The camera may not be used here.", "type the code")
	p.Fit()
	p.Shot("scan-refused")
	p.Click("#scan form button")
	p.Sees("0 here, 1 booked")
}
