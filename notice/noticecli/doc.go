// SPDX-License-Identifier: Apache-2.0

// Package noticecli is the command line of the legal clock without its flags: what each command reads, prints and returns.
//
// In: a command's name, a file and Options; out: text or JSON and an exit code, 0 lawful or done, 1 not lawful or a check that
// found something, 2 bad input. It parses no flags of its own, so that internal/cli and the vectors run the same code.
package noticecli
