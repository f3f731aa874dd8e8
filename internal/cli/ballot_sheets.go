// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"rsc.io/qr"

	"github.com/tenday/tenday/ballot"
)

// sheets are the pages that a credential officer prints: one a voter, with her credential to type and to scan. The file needs no
// network and is as secret as the credentials.
type sheets struct {
	link, uuid string
	all        []ballotSheet
}

type ballotSheet struct {
	ID, Credential string
	Link           string // what one types: the credential is in the code alone
	Size           int
	Path           string // of the code's dark squares, for SVG
}

func newSheets(link, uuid string) *sheets {
	return &sheets{link: strings.TrimRight(link, "/"), uuid: uuid}
}

func (s *sheets) add(id string, c ballot.Credential) error {
	if s.link == "" {
		return nil
	}
	link := s.link + "/b/" + s.uuid
	code, err := qr.Encode(link+"#c="+c.Reveal(), qr.M)
	if err != nil {
		return fmt.Errorf("draw code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+4, y+4)
			}
		}
	}
	s.all = append(s.all, ballotSheet{id, c.Reveal(), link, code.Size + 8, path.String()})
	return nil
}

var sheetPage = template.Must(template.New("sheets").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Credentials · Credenciales</title>
<style>body{font:12pt/1.4 sans-serif;margin:0}section{padding:18mm;break-after:page}svg{width:60mm;height:60mm}
code{font:bold 20pt monospace;letter-spacing:.05em}p{max-width:150mm}.address{font:12pt monospace;letter-spacing:0;overflow-wrap:anywhere}</style>
{{range .}}<section><p><b>{{.ID}}</b></p>
<h1>Your secret ballot · <span lang="es">Su voto secreto</span></h1>
<svg viewBox="0 0 {{.Size}} {{.Size}}" role="img" aria-label="QR"><path d="{{.Path}}"/></svg>
<p><code class="address">{{.Link}}</code></p>
<p><code>{{.Credential}}</code></p>
<p>Scan the code, or open the address above and type the credential: capital and small letters differ.
Whoever has this sheet can vote in your name: show it to nobody, and destroy it after the vote. You may vote again until the close; your last ballot counts.</p>
<p lang="es">Escanee el código, o abra la dirección de arriba y escriba la credencial: mayúsculas y minúsculas son
distintas. Quien tenga esta hoja puede votar en su nombre: no la muestre a nadie y destrúyala después de la votación. Puede votar de nuevo hasta el cierre; cuenta su última papeleta.</p>
</section>
{{end}}</html>
`))

func (s *sheets) page() []byte {
	var b bytes.Buffer
	_ = sheetPage.Execute(&b, s.all) // a buffer takes everything, and the fields are texts
	return b.Bytes()
}
