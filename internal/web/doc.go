// SPDX-License-Identifier: Apache-2.0

// Package web is the shell that every page stands in: routing, who may call what, layout, errors, forms, static files.
//
// A room adds its routes and templates with Server.Add. Every route declares its Access; there is no default, and Routes lists
// them so that a test can walk them all as every role. A handler returns its error; the shell answers it in the form that was
// asked for (page, fragment, JSON) and shows nobody what went wrong inside. One typed view serves them all.
//
// What always holds: no script or style but our own files (Content-Security-Policy), forms are answered by 303, a body is sent
// whole or not at all, logs carry ids, never names or what was typed. It knows no room and no grant: Config.Gate is asked.
package web
