// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/web"
	"github.com/tenday/tenday/notice"
)

// RegisterPapers puts letters, the F-7 worksheet and calendars on the server, after Register, whose templates they share. baseURL is
// where the campaign is reached, "" on loopback; identity tells what the account of a calendar's address may see now, and texts speak
// its language: a calendar program has no account and no language of its own.
func RegisterPapers(s *web.Server, st *Store, texts *i18n.Bundle, baseURL string,
	identity func(context.Context, string) (*auth.Identity, error),
) error {
	act, read := auth.Need(mayAct), auth.Need(mayRead)
	f := feeds{Store: st, texts: texts, baseURL: baseURL, identity: identity}
	err := s.Add(nil,
		web.Route{Pattern: "GET /strike/{strike}/letters", Access: read, Handler: st.serveLetters},
		web.Route{Pattern: "GET /letters/{delivery}", Access: read, Handler: st.serveLetter},
		web.Route{Pattern: "GET /letters/{delivery}/review.pdf", Access: read, Handler: st.sendLetter(true)},
		web.Route{Pattern: "GET /letters/{delivery}/letter.pdf", Access: read, Handler: st.sendLetter(false)},
		web.Route{Pattern: "GET /f7/{notice}", Access: read, Handler: st.serveF7},
		web.Route{Pattern: "POST /f7/{notice}", Access: act, Handler: st.takeF7},
		web.Route{Pattern: "POST /f7/{notice}/upload", Access: act, Handler: st.takeConfirmation},
		web.Route{Pattern: "GET /calendar", Access: web.SignedIn, Handler: f.serveAddress},
		web.Route{Pattern: "POST /calendar", Access: web.SignedIn, Handler: f.makeAddress},
		web.Route{Pattern: "POST /calendar/revoke", Access: web.SignedIn, Handler: f.revokeAddress},
		web.Route{Pattern: "GET /calendar/strike/{strike}", Access: web.SignedIn, Handler: f.sendAction},
		web.Route{Pattern: "GET /calendar/{token}", Access: web.Public, Handler: f.sendFeed},
	)
	if err != nil {
		return fmt.Errorf("add papers: %w", err)
	}
	return nil
}

// drafted is the letter of one copy, with what its page says around it.
type drafted struct {
	Delivery  string    `json:"delivery"`
	Notice    string    `json:"notice"`
	Recipient Recipient `json:"recipient"`
	Revision  int       `json:"revision"`
	Letter    Letter    `json:"letter"`
	F7        string    `json:"f7,omitempty"` // where the worksheet is, for the paper that is filed at the portal
	Agreed    int       `json:"agreed"`       // reviews without a difference
	Needed    int       `json:"needed"`       // 0 for papers that announce no action: nobody types them again
	Counsel   string    `json:"counsel"`      // confirmed, waived, "" for neither
	Differs   bool      `json:"differs"`
	Withdrawn bool      `json:"withdrawn"`
	Back      string    `json:"-"`
	Blanks    bool      `json:"blanks"` // something that the worksheet would fill in
	Worksheet string    `json:"-"`
}

// Ready tells whether the letter may be printed for signature: two reviewers read what the record says, and counsel was heard.
func (d *drafted) Ready() bool {
	return d.Withdrawn || d.Needed == 0 || d.Agreed >= d.Needed && d.Counsel != "" && !d.Differs
}

// letter drafts the letter of a copy. Errors: Missing.
func (s *Store) letter(ctx context.Context, id string) (*drafted, error) {
	return db.InRead(ctx, s.d, func(tx *db.Tx) (*drafted, error) {
		b, err := s.open(ctx, tx)
		if err != nil {
			return nil, err
		}
		n, d := b.copyOf(id)
		if d == nil {
			return nil, fault.New(fault.Missing, "papers.letter.missing")
		}
		out := &drafted{
			Delivery: d.ID, Notice: n.ID, Recipient: d.Recipient, Revision: n.Revision, Withdrawn: !n.Withdrawn.IsZero(), Back: "/strike",
		}
		if n.Action != "" {
			out.Back = "/strike/" + n.Action + "/deliveries"
		}
		l, worksheet, err := b.lettered(ctx, tx)
		if err != nil {
			return nil, err
		}
		if worksheet != "" {
			out.Worksheet = "/f7/" + worksheet
		}
		letter, ok := l.draft(n, d)
		if !ok {
			out.F7 = "/f7/" + n.ID
			return out, nil
		}
		out.Letter = letter
		out.Blanks = slices.Contains(letter.From, blank) || d.Recipient != FMCS && d.Recipient != StateAgency && slices.Contains(letter.To, blank)
		if n.Kind != TenDay {
			return out, nil
		}
		c, err := checks(ctx, tx, b, n)
		if err != nil {
			return nil, err
		}
		out.Needed, out.Agreed, out.Differs = reviewsNeeded, len(c.agreed()), c.differs()
		if c.heard() {
			out.Counsel = map[bool]string{true: "confirmed", false: "waived"}[c.Counsel.Confirmed]
		}
		return out, nil
	})
}

// copyOf finds a copy and its notice, nil for none.
func (b *book) copyOf(id string) (*Notice, *Delivery) {
	for _, n := range b.notices {
		for i := range n.Deliveries {
			if n.Deliveries[i].ID == id {
				return n, &n.Deliveries[i]
			}
		}
	}
	return nil, nil
}

// lettered gathers what letters are drafted from, and the notice whose F-7 worksheet fills them in.
func (b *book) lettered(ctx context.Context, tx *db.Tx) (l lettered, worksheet string, err error) {
	given := b.answers[""]
	l = lettered{
		employer: b.employer, bargaining: given["bargaining.kind"], expires: given["bargaining.contract.expires"], sites: b.sites,
		f7: map[string]string{},
	}
	if p := notice.PackByID(presumed); p != nil {
		l.agency = strings.TrimPrefix(p.StateAgencies[b.region()].Name, "the ") // it stands in an address
	}
	for _, n := range b.ofCampaign() {
		if n.Kind != Dispute {
			continue
		}
		worksheet = n.ID
		if l.f7, err = f7Answers(ctx, tx, n.ID); err != nil {
			return l, "", err
		}
		for i := range n.Deliveries {
			if d := &n.Deliveries[i]; d.Recipient == FMCS {
				l.filed = d
			}
		}
	}
	if _, err := db.Found(tx.Row(ctx, `SELECT name FROM unit ORDER BY id LIMIT 1`).Scan(&l.unit)); err != nil {
		return l, "", fmt.Errorf("read unit: %w", err)
	}
	return l, worksheet, nil
}

// region is the state in which most worksites lie, as the facts name it: US-MN.
func (b *book) region() string {
	states := map[string]int{}
	for _, s := range b.sites {
		states[s.State]++
	}
	return "US-" + most(states)
}

type letterRow struct {
	To        Recipient `json:"to"`
	Kind      Paper     `json:"kind"`
	Site      string    `json:"site,omitempty"`
	Href      string    `json:"href"`
	Withdrawn bool      `json:"withdrawn"`
}

// serveLetters serves GET /strike/{strike}/letters: every copy that the action needs, its own and the campaign's.
func (s *Store) serveLetters(w http.ResponseWriter, r *http.Request) error {
	var v struct {
		ID    string      `json:"id"`
		Title string      `json:"title"`
		Rows  []letterRow `json:"letters"`
	}
	err := s.look(r, func(_ *db.Tx, b *book, a *Action) error {
		v.ID, v.Title = a.ID, a.Title
		for _, n := range b.notices {
			if n.Action != a.ID && (n.Action != "" || !n.Withdrawn.IsZero()) || !n.Withdrawn.IsZero() && !n.Sent() {
				continue // another action's, or one that was withdrawn before anybody got it
			}
			for _, d := range n.Deliveries {
				one := letterRow{To: d.Recipient, Kind: n.Kind, Href: "/letters/" + d.ID, Withdrawn: !n.Withdrawn.IsZero()}
				if site, ok := b.site(d.Site); ok {
					one.Site = site.Name
				}
				v.Rows = append(v.Rows, one)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "letter-list", Title: "papers.list.title", Body: v})
}

// serveLetter serves GET /letters/{delivery}: the draft, what is missing, and the files.
func (s *Store) serveLetter(w http.ResponseWriter, r *http.Request) error {
	v, err := s.letter(r.Context(), r.PathValue("delivery"))
	if err != nil {
		return err
	}
	err = s.log.Read(r.Context(), audit.Entry{
		Verb: "strike.letter_open", Object: "notice:" + v.Notice, Scope: "unit", Count: 1,
		Detail: fmt.Sprintf("to=%s revision=%d", v.Recipient, v.Revision),
	})
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "letter", Title: "papers.letter.title", Body: v})
}

// sendLetter serves the letter as a PDF: for review at any time, for signature once it was reviewed. That it was taken out is on
// record before it is sent.
func (s *Store) sendLetter(review bool) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		reach, err := auth.Allowed(ctx, mayRead)
		if err != nil {
			return err
		}
		v, err := s.letter(ctx, r.PathValue("delivery"))
		switch {
		case err != nil:
			return err
		case v.F7 != "":
			return fault.New(fault.Missing, "papers.letter.portal")
		case !review && !v.Ready():
			return fault.New(fault.Conflict, "papers.letter.not_reviewed", "N", max(0, v.Needed-v.Agreed))
		}
		name, detail := "letter.pdf", "for=signature"
		var sheet *Sheet
		if review {
			name, detail, sheet = "review.pdf", "for=review", v.sheet(r)
		}
		body, err := v.Letter.PDF(sheet)
		if err != nil {
			return err
		}
		err = s.log.Read(ctx, audit.Entry{
			Verb: "strike.letter", Object: "notice:" + v.Notice, Scope: reach.Label(), Count: 1,
			Detail: fmt.Sprintf("to=%s revision=%d %s", v.Recipient, v.Revision, detail),
		})
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/pdf")
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // whoever asked has gone
		return nil
	}
}

// sheet is what lies on top of the review copy, in the reader's language.
func (d *drafted) sheet(r *http.Request) *Sheet {
	tr := web.Text(r)
	s := &Sheet{
		Title: tr.T("papers.sheet.title"), Draft: tr.T("papers.sheet.draft", "Rev", d.Revision),
		Lines: []string{tr.T("papers.sheet.keep"), tr.T("papers.sheet.compare"), tr.T("papers.sheet.type"), tr.T("papers.sheet.counsel"), notice.Disclaimer},
		Write: []string{tr.T("papers.sheet.first"), tr.T("papers.sheet.second"), tr.T("papers.sheet.by_counsel")},
	}
	return s
}
