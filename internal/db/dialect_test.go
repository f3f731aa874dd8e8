// SPDX-License-Identifier: Apache-2.0

package db

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAscendingRefusesWhatSQLiteWouldBindWrongly(t *testing.T) {
	t.Parallel()

	for query, ok := range map[string]bool{
		`SELECT 1`:                          true,
		`a = $1 AND b = $2 AND c = $1`:      true,
		`b = $2 AND a = $1`:                 false,
		`a = $1 AND b = $3`:                 false,
		`a = $0`:                            false,
		`VALUES ($1, $2), ($3, $4)`:         true,
		`a IN ($1, $2) AND b = $4 OR c=$3`:  false,
		`a = CAST($1 AS TEXT) LIMIT $2`:     true,
		`$1 $2 $3 $4 $5 $6 $7 $8 $9 $10 $1`: true,
	} {
		if err := Ascending(query); (err == nil) != ok {
			t.Errorf("Ascending(%q) = %v, want ok = %v", query, err, ok)
		}
	}
}

// Every text in the program that holds a placeholder is a query, and every query must keep to the order.
func TestEveryQueryInTheProgramIsAscending(t *testing.T) {
	t.Parallel()

	queries := 0
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (strings.HasPrefix(e.Name(), ".") && len(e.Name()) > 2 || e.Name() == "node_modules"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			expr, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			text := textOf(expr)
			if !placeholder.MatchString(text) {
				return true
			}
			queries++
			if err := Ascending(text); err != nil {
				t.Errorf("%s: %v", set.Position(n.Pos()), err)
			}
			if strings.Contains(text, "::") {
				t.Errorf("%s: SQLite takes $1::type as a name; write CAST", set.Position(n.Pos()))
			}
			return false
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if queries < 20 {
		t.Errorf("only %d queries were read: the walk is wrong", queries)
	}
}

// textOf returns the text of a literal or a sum of them, "" for anything else; what is not a literal in a sum is a blank.
func textOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return textOf(e.X) + " " + textOf(e.Y)
		}
	}
	return ""
}

func TestPrefixBoundsWhatBeginsWithIt(t *testing.T) {
	t.Parallel()

	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringN(1, 8, -1).Draw(t, "s")
		rest := rapid.String().Draw(t, "rest")
		end := Prefix(s)
		if end == "" {
			return
		}
		if x := s + rest; x < s || x >= end {
			t.Errorf("%q is outside [%q, %q)", x, s, end)
		}
	})
}
