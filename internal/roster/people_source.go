// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/tenday/tenday/internal/auth"
	"github.com/tenday/tenday/internal/db"
)

// PeopleSource is the roster as sign-in and access need it: whom one may invite, and where the worksites are.
type PeopleSource struct{}

// Find implements auth.People over person_now. Only people of the unit hold accounts: supervisors, disputed or out, never do.
func (PeopleSource) Find(ctx context.Context, tx *db.Tx, within auth.Reach, q auth.PeopleQuery) ([]auth.Person, int, error) {
	var args db.Args
	where := []string{"p.unit_status = 'in'", within.Where("p.person_id", &args)}
	if q.ID != "" {
		where = append(where, "p.person_id = "+args.Add(q.ID))
	}
	if q.Site != "" {
		where = append(where, "p.person_id IN (SELECT person_id FROM person_site WHERE worksite_id = "+args.Add(q.Site)+")")
	}
	if q.Set != "" {
		where = append(where, "p.person_id IN (SELECT person_id FROM people_set_member WHERE set_id = "+args.Add(q.Set)+")")
	}
	for _, word := range searchWords(q.Name) {
		where = append(where, "p.person_id IN (SELECT person_id FROM person_token WHERE token >= "+args.Add(word)+" AND token < "+
			args.Add(db.Prefix(word))+")")
	}
	from := ` FROM person_now p LEFT JOIN worksite w ON w.id = p.worksite_id
		LEFT JOIN (SELECT DISTINCT person_id FROM account WHERE person_id <> '') a ON a.person_id = p.person_id
		WHERE ` + strings.Join(where, " AND ")
	var n int
	if err := tx.Row(ctx, `SELECT COUNT(*)`+from, args...).Scan(&n); err != nil {
		return nil, 0, fmt.Errorf("count people: %w", err)
	}
	query := `SELECT p.person_id, p.given, p.family, COALESCE(w.town, ''), p.job_class, a.person_id IS NOT NULL` + from + `
		ORDER BY CASE WHEN a.person_id IS NULL THEN 0 ELSE 1 END, p.sort_key, p.person_id LIMIT ` + args.Add(q.Limit)
	all, err := db.All(ctx, tx, func(r *sql.Rows) (auth.Person, error) {
		var p auth.Person
		var given, family, town, job string
		err := r.Scan(&p.ID, &given, &family, &town, &job, &p.Account)
		p.Name = given + " " + family
		p.Under = strings.Trim(town+" · "+job, " ·")
		return p, err
	}, query, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("find people: %w", err)
	}
	return all, n, nil
}

// searchWords returns the words to search for. A name has no more than eight, and each is a condition that the engine plans.
func searchWords(search string) []string {
	words := strings.Fields(Fold(search[:min(len(search), 200)]))
	return words[:min(len(words), 8)]
}

// Places implements auth.People.
func (PeopleSource) Places(ctx context.Context, tx *db.Tx) ([]auth.Place, error) {
	sites, err := worksites(ctx, tx)
	if err != nil {
		return nil, err
	}
	all := make([]auth.Place, len(sites))
	for i, w := range sites {
		all[i] = auth.Place{ID: w.ID, Name: w.Town + " · " + w.Code, Region: w.Region}
	}
	return all, nil
}
