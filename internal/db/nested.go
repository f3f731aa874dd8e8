// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"errors"
	"fmt"
)

// Nested runs f as a part of tx that can fail alone: what f wrote is gone when it returns an error, and tx goes on. It is for work
// that takes in many things of which one may be refused.
func Nested(ctx context.Context, tx *Tx, f func() error) error {
	if _, err := tx.Exec(ctx, `SAVEPOINT nested`); err != nil {
		return fmt.Errorf("begin part: %w", err)
	}
	after, touched := len(tx.after), len(tx.touched)
	err := f()
	if err != nil {
		tx.after, tx.touched = tx.after[:after], tx.touched[:touched]
		if _, back := tx.Exec(ctx, `ROLLBACK TO SAVEPOINT nested`); back != nil {
			return errors.Join(err, fmt.Errorf("roll part back: %w", back))
		}
	}
	if _, end := tx.Exec(ctx, `RELEASE SAVEPOINT nested`); end != nil {
		return errors.Join(err, fmt.Errorf("end part: %w", end))
	}
	return err
}
