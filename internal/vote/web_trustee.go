// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"encoding/json"
	"html/template"
	"net/http"
	"strings"

	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/zkp"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/vote/booth"
	"github.com/tenday/tenday/internal/web"
)

// trusteeView is a trustee's own page.
type trusteeView struct {
	*Overview
	Ceremony *Ceremony
	Tags     template.HTML
	Form     web.Form
}

// Codes are the reasons for which the key generation may stop, other trustees' messages being to blame.
func (v *trusteeView) Codes() []string {
	return []string{"dkg.count", "dkg.not_mine", "dkg.cert", "dkg.coefexps", "dkg.channel", "dkg.secret", "dkg.key"}
}

// trustee serves GET /votes/{vote}/trustee.
func (h handler) trustee(w http.ResponseWriter, r *http.Request) error {
	return h.trusteePage(w, r, web.Form{})
}

func (h handler) trusteePage(w http.ResponseWriter, r *http.Request, f web.Form) error {
	id := r.PathValue("vote")
	c, err := h.s.Ceremony(r.Context(), id)
	if err != nil {
		return err
	}
	o, err := h.s.Overview(r.Context(), id)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if f.Problem != nil {
		status = http.StatusUnprocessableEntity
	}
	return web.Page(w, r, web.View{
		Page: "vote-trustee", Title: "vote.trustee.title", Status: status,
		Body: &trusteeView{o, c, booth.Tags(modulesAt, "trustee.js"), f},
	})
}

// ceremony serves what the trustee's own device asks for.
func (h handler) ceremony(w http.ResponseWriter, r *http.Request) error {
	c, err := h.s.Ceremony(r.Context(), r.PathValue("vote"))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, c)
}

// sendKey takes the public part of a step of the key generation.
func (h handler) sendKey(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Due, Message string }
	if err := jsonBody(r, func(b []byte) error { return json.Unmarshal(b, &in) }); err != nil {
		return err
	}
	c, err := h.s.SendKey(r.Context(), r.PathValue("vote"), in.Due, []byte(in.Message))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, c)
}

// checkKey takes the answer to the challenge.
func (h handler) checkKey(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Challenge string
		Proof     zkp.WireProof
	}
	if err := jsonBody(r, func(b []byte) error { return json.Unmarshal(b, &in) }); err != nil {
		return err
	}
	if err := h.s.CheckKey(r.Context(), r.PathValue("vote"), in.Challenge, in.Proof); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]bool{"checked": true})
}

// part takes a partial decryption from the trustee's own device.
func (h handler) part(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Owner            int
		Decryption, Side string
	}
	if err := jsonBody(r, func(b []byte) error { return json.Unmarshal(b, &in) }); err != nil {
		return err
	}
	if err := h.s.Decrypt(r.Context(), r.PathValue("vote"), in.Owner, []byte(in.Decryption), []byte(in.Side)); err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]bool{"accepted": true})
}

// file serves POST /votes/{vote}/trustee/file: the same by the files of `tenday ballot` and belenios-tool, for a trustee who works
// offline. A message of the key generation is one line; a part of the count has two.
func (h handler) file(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("vote")
	text := strings.TrimSpace(r.PostFormValue("message"))
	first, second, two := strings.Cut(text, "\n")
	var err error
	if two {
		var owned bel.Owned
		first, second = strings.TrimSpace(first), strings.TrimSpace(second)
		if e := canon.Unmarshal([]byte(second), &owned); e != nil || owned.Payload != bel.HashOf([]byte(first)) {
			err = fault.Field("message", "vote.part.two_lines")
		} else {
			err = h.s.Decrypt(r.Context(), id, owned.Owner, []byte(first), nil)
		}
	} else {
		var c *Ceremony
		var proof zkp.WireProof
		switch c, err = h.s.Ceremony(r.Context(), id); {
		case err != nil:
		case c.Due == dueDone && canon.Unmarshal([]byte(first), &proof) == nil: // of `tenday ballot trustee check`
			err = h.s.CheckKey(r.Context(), id, c.Challenge, proof)
		default:
			_, err = h.s.SendKey(r.Context(), id, c.Due, []byte(first))
		}
	}
	if err != nil {
		if f, ok := web.Refill(r, err); ok {
			return h.trusteePage(w, r, f)
		}
		return err
	}
	web.Say(w, r, web.Flash{Key: "vote.key.taken"})
	return web.Done(w, r, "/votes/"+id+"/trustee", nil)
}
