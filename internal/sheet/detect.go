// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/tenday/tenday/internal/fault"
)

// magics are the beginnings of files that people send instead of a list, and what they are told.
var magics = []struct{ magic, key string }{
	{"%PDF-", "sheet.pdf"},
	{"\x09\x08\x10\x00", "sheet.old_excel"}, // BIFF without its container
	{"{\\rtf", "sheet.not_a_sheet"},
	{"\x1f\x8b", "sheet.packed"},
	{"Rar!", "sheet.packed"},
	{"7z\xbc\xaf\x27\x1c", "sheet.packed"},
	{"\x89PNG", "sheet.picture"},
	{"\xff\xd8\xff", "sheet.picture"},
	{"GIF8", "sheet.picture"},
}

const (
	oleMagic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	zipMagic = "PK\x03\x04"
	zipEmpty = "PK\x05\x06"
)

// detect tells the format by content; the name is often wrong (HTML saved as .xls is what web systems send as Excel).
func (b *Book) detect(r io.ReaderAt, size int64) (Format, error) {
	head := make([]byte, min(size, 1024))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read file: %w", err)
	}
	begins := func(s string) bool { return bytes.HasPrefix(head, []byte(s)) }
	switch {
	case begins(zipMagic), begins(zipEmpty):
		return XLSX, nil
	case begins(oleMagic):
		encrypted, err := containsUTF16(r, size, "EncryptedPackage")
		if err != nil {
			return "", err
		}
		if encrypted {
			return "", b.fault(fault.Invalid, "sheet.encrypted")
		}
		return "", b.fault(fault.Invalid, "sheet.old_excel")
	}
	for _, m := range magics {
		if begins(m.magic) {
			return "", b.fault(fault.Invalid, m.key)
		}
	}
	start := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte(bomUTF8)), " \t\r\n"))
	switch {
	case bytes.HasPrefix(start, []byte("<?xml")) && bytes.Contains(start, []byte("office:spreadsheet")):
		return "", b.fault(fault.Invalid, "sheet.old_excel") // "XML Spreadsheet 2003"
	case bytes.HasPrefix(start, []byte("<")):
		for _, tag := range []string{"<!doctype", "<html", "<table", "<head", "<meta", "<style", "<!--", "<?xml", "<div", "<body"} {
			if bytes.HasPrefix(start, []byte(tag)) {
				return "", b.fault(fault.Invalid, "sheet.web_page")
			}
		}
	}
	return CSV, nil
}

// containsUTF16 looks for a name in an OLE container's directory, which may stand anywhere in the file.
func containsUTF16(r io.ReaderAt, size int64, name string) (bool, error) {
	var want []byte
	for _, c := range []byte(name) {
		want = append(want, c, 0)
	}
	buf := make([]byte, 64<<10)
	for off := int64(0); off < size; off += int64(len(buf) - len(want)) {
		n, err := r.ReadAt(buf, off)
		if bytes.Contains(buf[:n], want) {
			return true, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return false, fmt.Errorf("read file: %w", err)
		}
	}
	return false, nil
}
