// SPDX-License-Identifier: Apache-2.0

package board

import (
	"embed"
	"net/http"
	"strings"
	"time"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/i18n"
	"github.com/tenday/tenday/internal/roster"
	"github.com/tenday/tenday/internal/web"
)

// Text holds the board's sentences.
//
//go:embed text/*.json
var Text embed.FS

//go:embed templates/*.html
var templates embed.FS

type handler struct{ store *Store }

// Register puts the board's pages on s: it is what "/" shows to whoever is signed in.
func Register(s *web.Server, store *Store) error {
	h := handler{store}
	s.Show(web.Item{Href: "/", Key: "board.nav", Icon: "board", Access: web.SignedIn, Tab: true})
	return s.Add(templates,
		web.Route{Pattern: "GET /{$}", Access: web.SignedIn, Handler: h.home},
		web.Route{Pattern: "GET /board", Access: auth.Need(auth.BoardRead), Handler: h.board},
		web.Route{Pattern: "GET /board/ready", Access: auth.Need(auth.BoardRead), Handler: h.readyPage},
		web.Route{Pattern: "GET /board/worksites", Access: auth.Need(auth.BoardRead), Handler: h.worksites})
}

// page is what the templates read: the board, and what only a page needs.
type page struct {
	*Board
	Ready     *readyView
	AsOf      time.Time
	Moments   []moment
	MayImport bool
	MayEdit   bool // worksites and the unit
}

// moment is an entry of the timeline as a page shows it, or a list that was applied.
type moment struct {
	Day, ISO         string
	Key              string
	N                int // of a list: its version
	AsOf             string
	Source           string
	Certainty        Certainty
	Otherwise        string
	Later, IsCurrent bool
}

func (h handler) read(r *http.Request) (*page, error) {
	now := web.Now(r)
	b, err := h.store.Read(r.Context(), roster.DateOf(now))
	if err != nil {
		return nil, err
	}
	ready, err := h.store.ready(r.Context(), web.Text(r))
	if err != nil {
		return nil, err
	}
	p := &page{Board: b, Ready: ready, AsOf: now, Moments: moments(web.Text(r), b)}
	_, p.MayImport = auth.By(r.Context()).Reach(auth.ListImport)
	edit, _ := auth.By(r.Context()).Reach(auth.RosterEdit)
	p.MayEdit = edit.All
	return p, nil
}

// board serves GET /board: the counts of whomever the caller's right to the board covers.
func (h handler) board(w http.ResponseWriter, r *http.Request) error {
	p, err := h.read(r)
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "board", Title: "board.title", Body: p})
}

// worksites serves GET /board/worksites: the same, worksite by worksite.
func (h handler) worksites(w http.ResponseWriter, r *http.Request) error {
	p, err := h.read(r)
	if err != nil {
		return err
	}
	return web.Page(w, r, web.View{Page: "board-worksites", Title: "board.sites.title", Body: p})
}

// start is the first page of whoever has no board of her own: her record, her people, what is announced.
type start struct {
	Person string // "" when she is not on the roster
	Turf   *page  // nil when she keeps contact with nobody
}

// home serves GET /: the board to those who work with it, a start page to captains and members.
func (h handler) home(w http.ResponseWriter, r *http.Request) error {
	id := auth.By(r.Context())
	reach, ok := id.Reach(auth.BoardRead)
	if ok && (reach.All || len(reach.Regions)+len(reach.Sites) > 0) {
		return h.board(w, r)
	}
	s := start{Person: id.Person}
	if ok {
		var err error
		if s.Turf, err = h.read(r); err != nil {
			return err
		}
	}
	return web.Page(w, r, web.View{Page: "board-start", Title: "board.start.title", Body: s})
}

// moments puts entries and the lists in force into one line of time.
func moments(tr *i18n.Translator, b *Board) []moment {
	today := b.Today.String()
	var out []moment
	add := func(m moment) {
		m.Later = m.ISO > today[:len(m.ISO)]
		i := len(out)
		for i > 0 && out[i-1].ISO > m.ISO {
			i--
		}
		out = append(out[:i], append([]moment{m}, out[i:]...)...)
	}
	for _, e := range b.Timeline {
		iso := e.On.String()
		day := tr.ISODay(iso)
		switch e.Precision {
		case Month: // without weekday and day of the month, which nobody knows
			day, iso = strings.SplitN(day, " ", 3)[2], iso[:7]
		case Year:
			day, iso = iso[:4], iso[:4]
		case Day:
		}
		add(moment{Day: day, ISO: iso, Key: e.Said, Source: e.Source, Certainty: e.Certainty, Otherwise: e.Otherwise})
	}
	for _, l := range []*List{b.Before, b.List} {
		if l != nil {
			iso := l.AsOf.String()
			add(moment{Day: tr.ISODay(iso), ISO: iso, Key: "board.timeline.list", N: l.Version, AsOf: iso, Certainty: Stated})
		}
	}
	for i := range out { // the last of what has been is where we stand
		out[i].IsCurrent = !out[i].Later && (i == len(out)-1 || out[i+1].Later)
	}
	return out
}
