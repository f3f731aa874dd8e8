// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"embed"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/tenday/tenday/internal/app"
	"github.com/tenday/tenday/internal/backup"
	"github.com/tenday/tenday/internal/demo"
	"github.com/tenday/tenday/internal/i18n"
)

// text holds the sentences of the command line.
//
//go:embed text/*.json
var text embed.FS

// sentences are those of every part, since every part may refuse something here.
func sentences(locales ...string) (*i18n.Bundle, error) {
	return app.Texts(locales, backup.Text, demo.Text, text)
}

// locale returns the language of the environment in the order that POSIX gives, the default if it is none of ours.
func locale(env func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := env(name); v != "" {
			l, _, _ := strings.Cut(v, "_")
			l, _, _ = strings.Cut(l, ".")
			if slices.Contains(i18n.Locales, l) {
				return l
			}
			break
		}
	}
	return i18n.Locales[0]
}

// translate turns the keys of the command table into sentences.
func (c *console) translate(k *kong.Kong) error {
	k.Model.Help = c.tr.T(k.Model.Help)
	if k.Model.HelpFlag != nil {
		k.Model.HelpFlag.Help = c.tr.T("cli.flag.help")
	}
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		for _, f := range n.Flags {
			f.Help = c.tr.T(f.Help)
		}
		for _, p := range n.Positional {
			p.Help = c.tr.T(p.Help)
		}
		for _, child := range n.Children {
			if detail := c.tr.T(child.Help + "_detail"); !strings.HasSuffix(detail, "_detail") {
				child.Detail = detail
			}
			child.Help = c.tr.T(child.Help)
			walk(child)
		}
	}
	walk(k.Model.Node)
	return nil
}

// help prints kong's help with its own few words in the reader's language.
func (c *console) help(o kong.HelpOptions, ctx *kong.Context) error {
	var b bytes.Buffer
	out := ctx.Stdout
	ctx.Stdout = &b
	err := kong.DefaultHelpPrinter(o, ctx)
	ctx.Stdout = out
	if err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		line = strings.TrimRight(line, "\n ")
		if word, rest, ok := strings.Cut(line, ":"); ok {
			switch word {
			case "Usage", "Arguments", "Flags", "Commands":
				line = c.tr.T("cli.word."+strings.ToLower(word)) + ":" + rest
			}
		}
		if strings.HasPrefix(line, `Run "`) {
			line = c.tr.T("cli.word.more")
		}
		if _, err := out.Write([]byte(line + "\n")); err != nil {
			return err
		}
	}
	return nil
}
