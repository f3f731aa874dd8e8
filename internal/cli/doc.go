// SPDX-License-Identifier: Apache-2.0

// Package cli is the command line: one file a noun.
//
// Each command opens what it needs, calls a room or a foundation, and says what came of it. It holds no rule of its own. Results
// go to standard output, all else to standard error. A refusal is one line, "tenday: …", in the reader's language, its single
// problems below it with file, line and field. Secrets come as paths of files, never as arguments: the list of processes is
// everybody's to read.
//
// Exit codes: 0 done; 1 a check found something (verify, doctor); 2 bad input or usage; 3 the state of things stands against it;
// 4 our own failure.
package cli
