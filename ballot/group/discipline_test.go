// SPDX-License-Identifier: Apache-2.0

package group_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tenday/tenday/ballot/group"
)

// Constant time is held by types: the fast code does not take a Secret. What the types cannot hold is held here: nothing in the engine
// computes powers with math/big, and the one Exp that there is is that of bigmod.
func TestTheOnlyExpIsTheConstantTimeOne(t *testing.T) {
	t.Parallel()

	var found []string
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && strings.HasPrefix(s.Sel.Name, "Exp") {
				if f, ok := s.X.(*ast.CallExpr); ok {
					if of, ok := f.Fun.(*ast.SelectorExpr); ok && fmt.Sprint(of.X) == "bigmod" && s.Sel.Name == "Exp" {
						return true
					}
				}
				if s.Sel.Name == "Exp" || s.Sel.Name == "ExpShortVarTime" {
					found = append(found, set.Position(s.Pos()).String())
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) > 0 {
		t.Errorf("powers that are not in constant time: %v", found)
	}
}

func TestASecretDoesNotPrint(t *testing.T) {
	t.Parallel()

	s, err := group.RandomSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%v %+v %#v %v", s, s, s, &s)
	data, err := json.Marshal(s) //nolint:staticcheck // that it has nothing to say is the point
	if err != nil {
		t.Fatal(err)
	}
	text += string(data)
	for _, form := range []string{s.Reveal().String(), fmt.Sprintf("%x", s.Reveal().Big())} {
		if strings.Contains(text, form) {
			t.Errorf("a secret is printed: %s", text)
		}
	}
	for _, name := range []string{"String", "MarshalJSON", "MarshalText", "GoString"} {
		if _, ok := reflect.TypeFor[*group.Secret]().MethodByName(name); ok {
			t.Errorf("Secret has a method %s", name)
		}
	}
}
