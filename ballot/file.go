// SPDX-License-Identifier: Apache-2.0

package ballot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tenday/tenday/ballot/bel"
)

// OpenFile opens the archive at path for appending. If a crash left an incomplete tail after the last event, the tail is first copied to
// path.tail-LENGTH, then cut off; the name of the copy is returned, "" if there was none. Damage before a whole event is an error and
// nothing is cut (bel.Intact). The caller closes the file, after its last use of the Box.
func OpenFile(ctx context.Context, path string, o Options) (b *Box, file *os.File, tail string, err error) {
	file, err = os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, "", fmt.Errorf("open archive: %w", err)
	}
	defer func() {
		if err != nil {
			file.Close()
			file = nil
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return nil, file, "", fmt.Errorf("open archive: %w", err)
	}
	keep, err := bel.Intact(file, info.Size())
	if err != nil {
		return nil, file, "", err
	}
	if keep > 0 && keep < info.Size() {
		tail = fmt.Sprintf("%s.tail-%d", path, info.Size()-keep)
		if err := cut(file, tail, keep, info.Size()); err != nil {
			return nil, file, "", err
		}
	} else {
		keep = info.Size()
	}
	b, err = Open(ctx, file, keep, o)
	return b, file, tail, err
}

// cut copies what follows keep bytes to a new file and truncates the archive, in this order. A copy that a crash left between the two
// is as good; any other file of that name is not touched.
func cut(file *os.File, tail string, keep, size int64) error {
	rest := make([]byte, size-keep)
	_, err := io.ReadFull(io.NewSectionReader(file, keep, size-keep), rest)
	if err == nil {
		if there, failure := os.ReadFile(tail); failure != nil || !bytes.Equal(there, rest) {
			err = writeNew(tail, rest)
		}
	}
	if err == nil {
		err = errors.Join(file.Truncate(keep), file.Sync())
	}
	if err != nil {
		return fmt.Errorf("keep tail of archive: %w", err)
	}
	return nil
}

func writeNew(path string, content []byte) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(content)
	return errors.Join(err, out.Sync(), out.Close(), SyncFolder(path))
}

// SyncFolder makes it durable that there is a new file at path: a file that was synced can still lose its name in a crash. Where folders
// cannot be synced (Windows) the file system does so itself, and it does nothing.
func SyncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}
