// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"context"
	"net/url"
)

// Edit changes a person by hand, as the form on her page does: what is one of its acts ("status", "contact-mark"), the values are
// the form's. Errors: Missing, also out of reach; Forbidden; Invalid by field; Conflict.
func (s *Store) Edit(ctx context.Context, id, what string, form url.Values) error {
	_, err := s.edit(ctx, id, what, form)
	return err
}
