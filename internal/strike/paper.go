// SPDX-License-Identifier: Apache-2.0

package strike

import (
	"context"
	"fmt"

	"github.com/tenday/tenday/internal/audit"
	"github.com/tenday/tenday/internal/db"
)

// actsOf are the acts that the notice of a kind announces. Where people strike they also picket.
func actsOf(k Kind) []string {
	if k == Strike {
		return []string{"strike", "picket"}
	}
	return []string{"picket"}
}

// announce drafts the ten-day notice of a planned action in its own terms, with a copy to each recipient; the campaign's dispute
// notice comes with the first, its receipts unknown: the page asks for them.
func (s *Store) announce(ctx context.Context, tx *db.Tx, b *book, a *Action) error {
	if b.paper(a.ID) == nil {
		n := &Notice{ID: newID(), Action: a.ID, Kind: TenDay, Starts: a.Starts, StartScope: a.StartScope, Sites: a.SiteIDs(), Acts: actsOf(a.Kind)}
		if err := addNotice(ctx, tx, n, ToSend); err != nil {
			return err
		}
	}
	return s.papers(ctx, tx, b.answers[""]["bargaining.kind"])
}

// papers makes the campaign's papers that are not on file yet.
func (s *Store) papers(ctx context.Context, tx *db.Tx, bargaining string) error {
	kinds := []Paper{Dispute}
	if bargaining == "renewal" || bargaining == "reopener" {
		kinds = append(kinds, Reopener)
	}
	for _, kind := range kinds {
		var n int
		err := tx.Row(ctx, `SELECT COUNT(*) FROM strike_notice WHERE strike_id = '' AND kind = $1 AND withdrawn_at = 0`, kind).Scan(&n)
		if err != nil {
			return fmt.Errorf("look for paper: %w", err)
		}
		if n > 0 {
			continue
		}
		if err := addNotice(ctx, tx, &Notice{ID: newID(), Kind: kind}, NotKnown); err != nil {
			return err
		}
	}
	return nil
}

func addNotice(ctx context.Context, tx *db.Tx, n *Notice, state DeliveryState) error {
	by := audit.By(ctx).Account
	err := tx.Insert(ctx, "strike_notice", []string{
		"id", "strike_id", "kind", "revision", "starts", "start_scope", "sites", "acts", "qualifier", "by_account", "at",
	}, [][]any{{
		n.ID, n.Action, n.Kind, 1, n.Starts.String(), n.StartScope, jsonList(n.Sites), jsonList(n.Acts), "exact", by, tx.Now.UnixMilli(),
	}})
	if err != nil {
		return fmt.Errorf("draft notice: %w", err)
	}
	for _, r := range n.Kind.Recipients() {
		if err := addDelivery(ctx, tx, &Delivery{ID: newID(), Seq: 1, Notice: n.ID, Recipient: r, State: state, By: by}); err != nil {
			return err
		}
	}
	return nil
}

// restate changes what a notice states to what is planned now: a new revision, which nobody has reviewed.
func restate(ctx context.Context, tx *db.Tx, n *Notice, w Wish) error {
	_, err := tx.Exec(ctx, `UPDATE strike_notice SET revision = revision + 1, starts = $1, start_scope = $2, sites = $3, acts = $4, by_account = $5
		WHERE id = $6`, w.Starts.String(), w.Scope, jsonList(w.Sites), jsonList(actsOf(w.Kind)), audit.By(ctx).Account, n.ID)
	if err != nil {
		return fmt.Errorf("restate notice: %w", err)
	}
	return nil
}
