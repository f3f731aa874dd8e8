// SPDX-License-Identifier: Apache-2.0

package vote

import (
	"embed"
	"fmt"
	"net/http"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/job"
	"github.com/tenday/tenday/internal/vote/booth"
	"github.com/tenday/tenday/internal/web"
)

// Text holds the room's sentences.
//
//go:embed text/*.json
var Text embed.FS

// Templates holds the room's pages.
//
//go:embed templates/*.html
var Templates embed.FS

// Register puts the room's pages on the server and its jobs into the queue.
func Register(s *web.Server, st *Store, q *job.Queue) error {
	st.Handle(q)
	h := handler{st}
	if err := s.Add(Templates, append(h.inside(), h.outside()...)...); err != nil {
		return fmt.Errorf("add vote: %w", err)
	}
	s.Show(web.Item{Href: "/votes", Key: "vote.nav", Icon: "vote", Access: web.SignedIn})
	return nil
}

type handler struct{ s *Store }

// inside are the pages of people with an account. Who holds a part of a vote is the vote's to say, not a role's: the store looks.
func (h handler) inside() []web.Route {
	manage := auth.Need(auth.VoteManage)
	return []web.Route{
		{Pattern: "GET /votes", Access: web.SignedIn, Handler: h.list},
		{Pattern: "GET /votes/new", Access: manage, Handler: h.newDraft},
		{Pattern: "POST /votes/new", Access: manage, Handler: h.saveDraft},
		{Pattern: "GET /votes/{vote}", Access: web.SignedIn, Handler: h.one},
		{Pattern: "GET /votes/{vote}/edit", Access: manage, Handler: h.newDraft},
		{Pattern: "POST /votes/{vote}/edit", Access: manage, Handler: h.saveDraft},
		{Pattern: "POST /votes/{vote}/step", Access: manage, Handler: h.step},
		{Pattern: "POST /votes/{vote}/appoint", Access: manage, Handler: h.appoint},
		{Pattern: "POST /votes/{vote}/confirm", Access: auth.Need(mayConfirm), Handler: h.confirm},
		{Pattern: "GET /votes/{vote}/roll", Access: manage, Handler: h.roll},
		{Pattern: "POST /votes/{vote}/roll", Access: manage, Handler: h.paperVoter},
		{Pattern: "POST /votes/{vote}/challenge", Access: web.SignedIn, Handler: h.challenge},
		{Pattern: "POST /votes/{vote}/decide", Access: web.SignedIn, Handler: h.decide},
		{Pattern: "GET /votes/{vote}/trustee", Access: web.SignedIn, Handler: h.trustee},
		{Pattern: "GET /votes/{vote}/trustee/state", Access: web.SignedIn, Handler: h.ceremony},
		{Pattern: "POST /votes/{vote}/trustee/state", Access: web.SignedIn, Handler: h.sendKey},
		{Pattern: "POST /votes/{vote}/trustee/check", Access: web.SignedIn, Handler: h.checkKey},
		{Pattern: "POST /votes/{vote}/trustee/part", Access: web.SignedIn, Handler: h.part},
		{Pattern: "POST /votes/{vote}/trustee/file", Access: web.SignedIn, Handler: h.file},
		{Pattern: "GET /votes/{vote}/credentials", Access: web.SignedIn, Handler: h.credentials},
		{Pattern: "GET /votes/{vote}/credentials/roll.csv", Access: web.SignedIn, Handler: h.rollFile},
		{Pattern: "POST /votes/{vote}/credentials", Access: web.SignedIn, Handler: h.handIn},
		{Pattern: "POST /votes/{vote}/remind", Access: web.SignedIn, Handler: h.remind},
		{Pattern: "POST /votes/{vote}/paper", Access: manage, Handler: h.addPaper},
		{Pattern: "POST /votes/{vote}/paper/word", Access: web.SignedIn, Handler: h.paperWord},
	}
}

// outside are the pages of voters and observers: whoever has the link, without an account (docs/adr) and without a session: see Apart.
func (h handler) outside() []web.Route {
	return []web.Route{
		{Pattern: "GET /b/{uuid}", Access: web.Public, Quiet: true, Handler: h.booth},
		{Pattern: "GET /b/{uuid}/election", Access: web.Public, Quiet: true, Handler: h.election},
		{Pattern: "GET /b/{uuid}/listed", Access: web.Public, Quiet: true, Handler: h.listed},
		{Pattern: "POST /b/{uuid}/cast", Access: web.Public, Quiet: true, Handler: h.cast},
		{Pattern: "GET /b/{uuid}/tracker", Access: web.Public, Quiet: true, Handler: h.tracker},
		{Pattern: "GET /b/{uuid}/qr", Access: web.Public, Quiet: true, Handler: h.qr},
		{Pattern: "GET /b/{uuid}/check", Access: web.Public, Quiet: true, Handler: h.check},
		{Pattern: "GET /b/{uuid}/archive", Access: web.Public, Quiet: true, Handler: h.archive},
		{Pattern: "GET /b/{uuid}/head", Access: web.Public, Quiet: true, Handler: h.head},
		{Pattern: "GET /b/{uuid}/rules.json", Access: web.Public, Quiet: true, Handler: h.rules},
		{Pattern: "GET /booth/{file}", Access: web.Public, Quiet: true, Handler: func(w http.ResponseWriter, r *http.Request) error {
			booth.Files().ServeHTTP(w, r)
			return nil
		}},
	}
}
