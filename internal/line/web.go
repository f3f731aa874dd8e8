// SPDX-License-Identifier: Apache-2.0

package line

import (
	"embed"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/offline"
	"github.com/tenday/tenday/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

type handler struct {
	*Store
	key    string // the campaign's public key, which phones seal check-ins to; "": pages work by forms alone
	server *web.Server
}

// Register puts the room's pages on srv. key is what internal/offline gives phones.
func Register(srv *web.Server, s *Store, key string) error {
	h := handler{s, key, srv}
	manage := auth.Need(mayManage)
	srv.Show(
		web.Item{Href: "/shifts", Key: "line.nav.shifts", Icon: "calendar", Access: web.SignedIn, Tab: true},
		web.Item{Href: "/lines", Key: "line.nav.lines", Icon: "pin", Access: manage},
	)
	if err := srv.Live(Topic, web.SignedIn); err != nil {
		return err
	}
	return srv.Add(templates,
		web.Route{Pattern: "GET /shifts", Access: web.SignedIn, Handler: h.shifts},
		web.Route{Pattern: "GET /shifts/{shift}", Access: web.SignedIn, Handler: h.shift},
		web.Route{Pattern: "GET /shifts/{shift}/shift.ics", Access: web.SignedIn, Handler: h.ics},
		web.Route{Pattern: "POST /shifts/{shift}/{act}", Access: web.SignedIn, Handler: h.act},
		web.Route{Pattern: "GET /shifts/hours", Access: web.SignedIn, Handler: h.hours},
		web.Route{Pattern: "POST /shifts/hours", Access: web.SignedIn, Handler: h.saveHours},
		web.Route{Pattern: "GET /shifts/code", Access: web.SignedIn, Handler: h.code},
		web.Route{Pattern: "POST /shifts/code", Access: web.SignedIn, Handler: h.newCode},
		web.Route{Pattern: "POST /swaps/{swap}/{act}", Access: web.SignedIn, Handler: h.swap},

		web.Route{Pattern: "GET /lines", Access: manage, Handler: h.lines},
		web.Route{Pattern: "POST /lines", Access: manage, Handler: h.addLine},
		web.Route{Pattern: "GET /lines/{line}", Access: manage, Handler: h.line},
		web.Route{Pattern: "POST /lines/{line}/needs", Access: manage, Handler: h.needs},
		web.Route{Pattern: "POST /lines/{line}/shifts", Access: manage, Handler: h.addShifts},
		web.Route{Pattern: "POST /lines/{line}/captain", Access: manage, Handler: h.nameCaptain},
		web.Route{Pattern: "POST /lines/{line}/edit", Access: manage, Handler: h.editLine},
		web.Route{Pattern: "POST /lines/{line}/close", Access: manage, Handler: h.closeLine},
		web.Route{Pattern: "POST /line-needs", Access: manage, Handler: h.kindNeeds},
		web.Route{Pattern: "POST /lines/{line}/open", Access: manage, Handler: h.openShifts},
		web.Route{Pattern: "POST /lines/{line}/keep", Access: manage, Handler: h.keepShifts},
		web.Route{Pattern: "GET /line-plans", Access: manage, Handler: h.planning},
		web.Route{Pattern: "POST /line-plans", Access: manage, Handler: h.propose},
		web.Route{Pattern: "GET /line-plans/{plan}", Access: manage, Handler: h.plan},
		web.Route{Pattern: "POST /line-plans/{plan}", Access: manage, Handler: h.accept},
		web.Route{Pattern: "GET /line-conditions", Access: manage, Handler: h.conditions},
		web.Route{Pattern: "POST /line-conditions/{kind}", Access: manage, Handler: h.addCondition},
		web.Route{Pattern: "POST /line-conditions/{kind}/{condition}/{act}", Access: manage, Handler: h.liftCondition},

		web.Route{Pattern: "GET /line-hours", Access: manage, Handler: h.hoursOf},
		web.Route{Pattern: "POST /line-hours", Access: manage, Handler: h.certify},
		web.Route{Pattern: "POST /line-hours/hours.csv", Access: auth.Need(auth.Export), Handler: h.hoursFile},
		web.Route{Pattern: "GET /line-hours/hours.csv", Access: auth.Need(auth.Export), Handler: h.hoursFile},

		web.Route{Pattern: "GET /lines/board", Access: web.SignedIn, Handler: h.board},
		web.Route{Pattern: "POST /walls", Access: manage, Handler: h.makeWall},
		web.Route{Pattern: "POST /walls/{wall}/revoke", Access: manage, Handler: h.revokeWall},
		web.Route{Pattern: "GET /wall/{token}", Access: web.Public, Handler: h.wall},
		web.Route{Pattern: "GET /live/wall/{token}", Access: web.Public, Handler: h.wallLive},

		web.Route{Pattern: "GET /lines/today", Access: web.SignedIn, Handler: h.today},
		web.Route{Pattern: "GET " + offline.LineShell, Access: web.SignedIn, Handler: h.dayShell},
		web.Route{Pattern: "GET /lines/{line}/day", Access: web.SignedIn, Handler: h.day},
		web.Route{Pattern: "GET /lines/{line}/pack", Access: web.SignedIn, Handler: h.pack},
		web.Route{Pattern: "POST /lines/{line}/checkin", Access: web.SignedIn, Handler: h.checkin},
		web.Route{Pattern: "POST /lines/{line}/walkin", Access: web.SignedIn, Handler: h.walkin},
		web.Route{Pattern: "POST /lines/{line}/book", Access: web.SignedIn, Handler: h.book},
		web.Route{Pattern: "POST /lines/{line}/report", Access: web.SignedIn, Handler: h.report},
		web.Route{Pattern: "POST /handovers/{shift}/{act}", Access: web.SignedIn, Handler: h.handover},
		web.Route{Pattern: "POST /bookings/{booking}/{act}", Access: web.SignedIn, Handler: h.entryAct},
		web.Route{Pattern: "GET /bookings/{booking}/repair", Access: web.SignedIn, Handler: h.repairs},
		web.Route{Pattern: "POST /bookings/{booking}/repair", Access: web.SignedIn, Handler: h.repair},

		web.Route{Pattern: "GET /lines/{line}/incident", Access: web.SignedIn, Handler: h.captureForm},
		web.Route{Pattern: "POST /lines/{line}/incident/upload", Access: web.SignedIn, Handler: h.capture},
		web.Route{Pattern: "GET /incidents", Access: web.SignedIn, Handler: h.incidents},
		web.Route{Pattern: "GET /incidents/{incident}", Access: web.SignedIn, Handler: h.incident},
		web.Route{Pattern: "POST /incidents/{incident}", Access: web.SignedIn, Handler: h.describe},
		web.Route{Pattern: "POST /incidents/{incident}/upload", Access: web.SignedIn, Handler: h.attach},
		web.Route{Pattern: "POST /incidents/{incident}/{act}", Access: web.SignedIn, Handler: h.judge},
		web.Route{Pattern: "GET /incidents/{incident}/export", Access: auth.Need(auth.Export), Handler: h.export},
		web.Route{Pattern: "GET /incident-pictures/{picture}", Access: web.SignedIn, Handler: h.picture})
}
