// SPDX-License-Identifier: Apache-2.0

package web

import (
	"html/template"
	"text/template/parse"
)

// fold replaces what never changes within a locale by its text, once, when the templates are read: {{t "key"}} for a sentence
// without arguments, {{static "app.css"}}, {{template "icon" "search"}}. A page has over a hundred of them, and running them cost more
// than reading its people. Text from our own files stands between tags or in a quoted attribute; it is escaped for both.
func (p *pages) fold(t *template.Template, locale string) {
	tr := p.server.cfg.Texts.For(locale)
	for _, one := range t.Templates() {
		if one.Tree != nil && one.Tree.Root != nil {
			p.foldList(one.Tree.Root, func(key string) (string, bool) {
				s, ok := tr.Plain(key)
				return template.HTMLEscapeString(s), ok
			})
		}
	}
}

func (p *pages) foldList(list *parse.ListNode, sentence func(string) (string, bool)) {
	if list == nil {
		return
	}
	for i, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			if text, ok := p.constant(n.Pipe, sentence); ok {
				list.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: []byte(text)}
			}
		case *parse.TemplateNode:
			if name, ok := iconOf(n); ok {
				list.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: []byte(
					`<svg class="icon" aria-hidden="true"><use href="` + template.HTMLEscapeString(p.server.static.hashed["icons.svg"]) + `#` +
						template.HTMLEscapeString(name) + `"/></svg>`)}
			}
		case *parse.IfNode:
			p.foldList(n.List, sentence)
			p.foldList(n.ElseList, sentence)
		case *parse.RangeNode:
			p.foldList(n.List, sentence)
			p.foldList(n.ElseList, sentence)
		case *parse.WithNode:
			p.foldList(n.List, sentence)
			p.foldList(n.ElseList, sentence)
		}
	}
}

// constant returns the text of a pipe that is one call of t or static with one literal name.
func (p *pages) constant(pipe *parse.PipeNode, sentence func(string) (string, bool)) (string, bool) {
	if pipe == nil || len(pipe.Decl) > 0 || len(pipe.Cmds) != 1 || len(pipe.Cmds[0].Args) != 2 {
		return "", false
	}
	f, isFunc := pipe.Cmds[0].Args[0].(*parse.IdentifierNode)
	arg, isText := pipe.Cmds[0].Args[1].(*parse.StringNode)
	if !isFunc || !isText {
		return "", false
	}
	switch f.Ident {
	case "t":
		return sentence(arg.Text)
	case "static":
		url, ok := p.server.static.hashed[arg.Text]
		return template.HTMLEscapeString(url), ok
	}
	return "", false
}

// iconOf returns the name in {{template "icon" "name"}}.
func iconOf(n *parse.TemplateNode) (string, bool) {
	if n.Name != "icon" || n.Pipe == nil || len(n.Pipe.Cmds) != 1 || len(n.Pipe.Cmds[0].Args) != 1 {
		return "", false
	}
	name, ok := n.Pipe.Cmds[0].Args[0].(*parse.StringNode)
	if !ok {
		return "", false
	}
	return name.Text, true
}
