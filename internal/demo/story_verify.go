// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"
	"net/url"

	"github.com/tenday/tenday/internal/db"
)

const sqlPersonal = `SELECT person_id, id, kind FROM contact_point WHERE is_personal = 1 AND status = 'unverified' AND removed_at = 0
	ORDER BY person_id, kind, value LIMIT 10000`

// verify marks contacts as tried and working: the captain those of her nine, the data lead the rest. Which ones answered is made
// up, by a number drawn from the person's id in the truth, so that each build says the same.
func verify(ctx context.Context, h *house) error {
	people, err := h.people(ctx, firstList)
	if err != nil {
		return err
	}
	contacts := map[string][][2]string{} // person -> id and kind of each
	_, err = db.InRead(ctx, h.DB, func(tx *db.Tx) (struct{}, error) {
		return struct{}{}, tx.Rows(ctx, sqlPersonal, nil, func(r *sql.Rows) error {
			var person, id, kind string
			err := r.Scan(&person, &id, &kind)
			contacts[person] = append(contacts[person], [2]string{id, kind})
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("read contacts: %w", err)
	}
	lead, err := h.as(ctx, "data_lead")
	if err != nil {
		return err
	}
	captain, err := h.as(ctx, "captain")
	if err != nil {
		return err
	}
	for _, who := range h.truth.ids {
		by := lead
		if h.truth.people[who]["site_v1"] == captainSite && who != captainPerson {
			by = captain
		}
		for _, c := range contacts[people[who]] {
			if !answered(who, c[1]) {
				continue
			}
			form := url.Values{"contact": {c[0]}, "status": {"ok"}}
			if err := h.Roster.Edit(by, people[who], "contact-mark", form); err != nil {
				return err
			}
		}
	}
	return nil
}

// answered tells whether she was reached that way: by phone seven of eight were, by e-mail five of eight.
func answered(who, kind string) bool {
	n := fnv.New32a()
	_, _ = n.Write([]byte(who + kind)) // never fails
	of := map[string]uint32{"phone": 7, "email": 5}[kind]
	return n.Sum32()>>11%8 < of
}
