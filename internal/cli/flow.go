// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/tenday/tenday/flow"
	"github.com/tenday/tenday/internal/fault"
)

// flowCmd solves minimum-cost flows in DIMACS files and proves the answers. It needs no database.
type flowCmd struct {
	Solve  flowSolveCmd  `cmd:"" help:"cli.help.flow_solve"`
	Verify flowVerifyCmd `cmd:"" help:"cli.help.flow_verify"`
}

type flowSolveCmd struct {
	File   string `arg:"" help:"cli.arg.flow_min"`
	Output string `short:"o" placeholder:"FILE.sol" help:"cli.flag.flow_output"`
	Stats  bool   `help:"cli.flag.flow_stats"`
}

// Run solves a problem. The proof runs before anything is written.
func (f *flowSolveCmd) Run(ctx context.Context, c *console) error {
	began := time.Now()
	p, err := fromFile(c, f.File, flow.ReadMin)
	if err != nil {
		return err
	}
	read := time.Since(began)
	began = time.Now()
	s, err := flow.Solve(ctx, p, flow.Options{})
	if none, ok := errors.AsType[*flow.InfeasibleError](err); ok {
		if _, err := flow.VerifyCut(p, none.Cut); err != nil {
			return fmt.Errorf("verify cut: %w", err)
		}
		c.say("cli.flow.infeasible", "Deficit", none.Deficit, "N", len(none.Cut))
		return exitError(exitRefused)
	}
	if err != nil {
		return flowFault(f.File, err)
	}
	solved := time.Since(began)
	began = time.Now()
	proof, err := flow.Verify(p, s)
	if err != nil {
		return fmt.Errorf("verify solution: %w", err)
	}
	verified := time.Since(began)
	if f.Output != "" {
		if err := toFile(c, f.Output, func(w io.Writer) error { return flow.WriteSol(w, p, s) }); err != nil {
			return err
		}
	}
	if f.Output != "-" {
		c.say("cli.flow.optimal", "Total", proof.Primal.String())
	}
	if f.Stats {
		fmt.Fprintf(c.err, "nodes=%d arcs=%d pivots=%d tight=%d read=%.4fs solve=%.4fs verify=%.4fs\n",
			p.N, len(p.Arcs), s.Pivots, proof.Tight, read.Seconds(), solved.Seconds(), verified.Seconds())
	}
	return nil
}

type flowVerifyCmd struct {
	File     string `arg:"" help:"cli.arg.flow_min"`
	Solution string `arg:"" help:"cli.arg.flow_sol"`
}

// Run checks a solution against its problem without trusting the solver.
func (f *flowVerifyCmd) Run(c *console) error {
	p, err := fromFile(c, f.File, flow.ReadMin)
	if err != nil {
		return err
	}
	s, err := fromFile(c, f.Solution, func(r io.Reader) (*flow.Solution, error) { return flow.ReadSol(r, p) })
	if err != nil {
		return err
	}
	proof, err := flow.Verify(p, s)
	if err != nil {
		c.say("cli.flow.refuted", "What", err.Error())
		return errCheck
	}
	c.say("cli.flow.optimal", "Total", proof.Primal.String())
	return nil
}

// fromFile reads a file; - is standard input.
func fromFile[T any](c *console, name string, read func(io.Reader) (T, error)) (T, error) {
	var none T
	if name == "-" {
		v, err := read(c.in)
		return v, flowFault(name, err)
	}
	f, err := os.Open(name)
	if err != nil {
		return none, noFile(name, err)
	}
	defer f.Close()
	v, err := read(f)
	return v, flowFault(name, err)
}

// toFile writes a file that only its owner reads; - is standard output.
func toFile(c *console, name string, write func(io.Writer) error) error {
	if name == "-" {
		return write(c.out)
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return noFile(name, err)
	}
	return errors.Join(write(f), f.Close())
}

func noFile(name string, err error) error {
	return &fault.Error{Code: fault.Invalid, Key: "cli.file", Args: map[string]any{"File": name, "What": errors.Unwrap(err)}, Err: err}
}

// flowFault names the file and the line of what is wrong in it.
func flowFault(name string, err error) error {
	if err == nil {
		return nil
	}
	_, parse := errors.AsType[*flow.ParseError](err)
	if parse || errors.Is(err, flow.ErrRange) || errors.Is(err, flow.ErrUnbalanced) {
		return &fault.Error{Code: fault.Invalid, Key: "cli.in_file", Args: map[string]any{"File": name, "What": err.Error()}, Err: err}
	}
	return err
}
