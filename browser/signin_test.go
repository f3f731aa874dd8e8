// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"strings"
	"testing"
)

// A link comes by mail, asks for one tap, and is used up by it.
func oneTimeLink(t *testing.T, h *house) {
	const address = "ingrid.solberg@post.example.org"
	p := h.b.Tab(t, h.url, Phone)
	p.Go("/signin?way=own")
	p.Type("#email", address)
	p.Follow(`form[action="/signin/link"] button`)
	p.Sees("Look in your mail")
	link := h.link(t, address)
	p.Go(link)
	p.Fit()
	p.Follow("main form .primary")
	p.Go("/account")
	p.Sees("Your account", "this one", "Data lead")

	other := h.b.Tab(t, h.url, Desk)
	other.Go(link)
	other.Sees("used already")
	other.SeesNot("Ingrid")
}

// The captain shows a code; who scans it gives a personal address, never the employer's, and is in.
func join(t *testing.T, h *house) {
	captain := h.as(t, "captain", Phone)
	captain.Go("/invite")
	captain.Type("#q", "Brooks")
	captain.Submit("#q")
	captain.Follow(`//button[contains(., "Brooks")]`)
	captain.Sees("scan this with her own phone")
	captain.Fit()
	captain.Shot("code")
	code := Eval[string](captain, `document.querySelector(".qr strong").innerText`)

	p := h.b.Tab(t, h.url, Phone)
	p.Go("/join")
	p.Type("#code", strings.ToLower(code))
	p.Follow("main form .primary")
	p.Sees("Willy", "Kali Lund invited you", "The employer cannot")
	p.Fit()
	p.Shot("join")
	p.Type("#email", "willy.brooks@clinic.example.org")
	p.Follow("main form .primary")
	p.Sees("clinic.example.org belongs to the employer")
	p.Silent() // 422
	p.Fit()

	address := "willy.new@home.example.org"
	if again := Eval[bool](p, `document.body.innerText.includes("the link goes there")`); again {
		t.Fatal("he has an account already")
	}
	p.Type("#email", address)
	p.Follow("main form .primary")
	p.Sees("Look in your mail")
	p.Go(h.link(t, address))
	p.Follow("main form .primary")
	p.Go("/")
	p.Sees("Who can see your record")
	captain.Follow(`//a[contains(., "Was it used?")]`)
	captain.Sees("has used this code")
}
