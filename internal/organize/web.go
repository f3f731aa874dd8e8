// SPDX-License-Identifier: Apache-2.0

package organize

import (
	"embed"
	"fmt"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/job"
	"github.com/tenday/tenday/internal/web"
)

// Text holds the room's sentences.
//
//go:embed text/*.json
var Text embed.FS

//go:embed templates/*.html
var templates embed.FS

// Register puts the room's pages on the server and its handlers on the queue.
func Register(s *web.Server, st *Store, q *job.Queue) error {
	q.Handle(closeJob, st.closeDue)
	q.Handle(linkJob, st.mailLink)
	if err := s.Live(ListTopic, web.SignedIn); err != nil {
		return err
	}
	board, tests, turf := auth.Need(auth.BoardRead), auth.Need(TestManage), auth.Need(auth.TurfManage)
	write, pledges := auth.Need(AssessWrite), auth.Need(PledgeRead)
	err := s.Add(templates,
		web.Route{Pattern: "GET /tests", Access: board, Handler: st.serveTests},
		web.Route{Pattern: "GET /tests/new", Access: tests, Handler: st.newTest},
		web.Route{Pattern: "POST /tests", Access: tests, Handler: st.makeTest},
		web.Route{Pattern: "GET /tests/soft", Access: auth.Need(AssessRead), Handler: st.serveSoft},
		web.Route{Pattern: "GET /tests/{test}", Access: board, Handler: st.serveTest},
		web.Route{Pattern: "POST /tests/{test}/{act}", Access: tests, Handler: st.moveTest},
		web.Route{Pattern: "GET /tests/{test}/enter", Access: write, Handler: st.serveEnter},
		web.Route{Pattern: "POST /tests/{test}/enter", Access: write, Handler: st.enter},
		web.Route{Pattern: "POST /answers/{bulk}/undo", Access: write, Handler: st.undoEnter},
		web.Route{Pattern: "GET /coverage", Access: turf, Handler: st.serveCoverage},
		web.Route{Pattern: "GET /coverage/people", Access: turf, Handler: st.serveGap},
		web.Route{Pattern: "POST /coverage/people", Access: turf, Handler: st.assign},
		web.Route{Pattern: "GET /rules", Access: tests, Handler: st.serveRules},
		web.Route{Pattern: "POST /rules", Access: tests, Handler: st.saveRules},
		web.Route{Pattern: "GET /pledges", Access: pledges, Handler: st.servePledges},
		web.Route{Pattern: "POST /pledges/send", Access: write, Handler: st.sendLinks},
		web.Route{Pattern: "POST /pledges/text", Access: tests, Handler: st.writeText},
		web.Route{Pattern: "GET /pledges/public", Access: web.SignedIn, Handler: st.servePublic},
		web.Route{Pattern: "GET /my-pledge", Access: web.SignedIn, Handler: st.serveMine},
		web.Route{Pattern: "POST /my-pledge", Access: web.SignedIn, Handler: st.saveMine},
		web.Route{Pattern: "GET /reply", Access: web.Public, Handler: st.serveAskLink},
		web.Route{Pattern: "POST /reply", Access: web.Public, Handler: st.askLink},
		web.Route{Pattern: "GET /reply/{code}", Access: web.Public, Handler: st.serveReply},
		web.Route{Pattern: "POST /reply/{code}", Access: web.Public, Handler: st.reply},
	)
	if err != nil {
		return fmt.Errorf("add organize: %w", err)
	}
	s.Show(
		web.Item{Href: "/tests", Key: "organize.tests.nav", Icon: "check", Access: board},
		web.Item{Href: "/coverage", Key: "organize.coverage.nav", Icon: "star", Access: turf},
		web.Item{Href: "/pledges", Key: "organize.pledges.nav", Icon: "edit", Access: pledges},
	)
	return nil
}
