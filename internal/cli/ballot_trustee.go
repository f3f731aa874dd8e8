// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tenday/tenday/ballot/bel"
	"github.com/tenday/tenday/ballot/canon"
	"github.com/tenday/tenday/ballot/group"
	"github.com/tenday/tenday/ballot/pki"
)

// ballotTrusteeCmd is a trustee's, on her own device.
type ballotTrusteeCmd struct {
	Keygen ballotKeygenCmd `cmd:"" help:"cli.help.ballot_keygen"`
	Dkg    ballotDkgCmd    `cmd:"" help:"cli.help.ballot_dkg"`
	Check  ballotCheckCmd  `cmd:"" help:"cli.help.ballot_check"`
}

type ballotKeygenCmd struct {
	ballotOut
	Out  string `default:"." placeholder:"DIR" help:"cli.flag.ballot_out_dir"`
	Name string `placeholder:"NAME" help:"cli.flag.ballot_name"`
}

// Run makes the key of a single trustee.
func (b *ballotKeygenCmd) Run(c *console) error {
	x, err := group.RandomSecret(rand.Reader)
	if err != nil {
		return err
	}
	defer x.Erase()
	public, err := pki.NewPublicKey(rand.Reader, x, b.Name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.Out, 0o700); err != nil {
		return b.fail(c, b.Out, err)
	}
	name := filepath.Join(b.Out, public.ID())
	secret := loose(pki.MarshalPrivateKey(x))
	defer clear(secret)
	if err := b.write(name+".privkey", secret, true); err != nil {
		return b.fail(c, name+".privkey", err)
	}
	if err := b.write(name+".pubkey", loose(canon.Marshal(public)), false); err != nil {
		return b.fail(c, name+".pubkey", err)
	}
	return b.done(c, map[string]any{"id": public.ID(), "fingerprint": public.Fingerprint()},
		"key %s, fingerprint %s: keep %s.privkey to yourself, hand in %s.pubkey", public.ID(), public.Fingerprint(), name, name)
}

// ballotDkgCmd is one step of the key that any t of n trustees can use; files and flags are those of belenios-tool.
type ballotDkgCmd struct {
	ballotOut
	Step        int    `required:"" help:"cli.flag.ballot_step"`
	Certs       string `placeholder:"FILE" help:"cli.flag.ballot_certs"`
	Key         string `placeholder:"FILE" help:"cli.flag.ballot_key"`
	Polynomials string `placeholder:"FILE" help:"cli.flag.ballot_polynomials"`
	Threshold   int    `help:"cli.flag.ballot_threshold"`
	Name        string `placeholder:"NAME" help:"cli.flag.ballot_name"`
	Out         string `default:"." placeholder:"DIR" help:"cli.flag.ballot_out_dir"`
}

// Run does the step. Messages go to standard output, one a line, as belenios-tool has it; files go to --out.
func (b *ballotDkgCmd) Run(c *console) error {
	steps := map[int]func(*console) error{1: b.certificate, 2: b.check, 3: b.polynomial, 4: b.inputs, 5: b.output, 6: b.finish}
	step := steps[b.Step]
	var err error
	if step == nil {
		err = ballotMisuse("--step is a number from 1 to 6")
	} else {
		err = step(c)
	}
	if err != nil {
		return b.fail(c, "", err)
	}
	return nil
}

func (b *ballotDkgCmd) lines(c *console, flag, file string) ([][]byte, error) {
	if file == "" {
		return nil, ballotMisuse("step %d needs %s", b.Step, flag)
	}
	data, err := c.readBallotFile(file)
	return fileLines(data), err
}

func (b *ballotDkgCmd) seed(c *console) (pki.Seed, error) {
	if b.Key == "" {
		return pki.Seed{}, ballotMisuse("step %d needs --key", b.Step)
	}
	data, err := c.readBallotFile(b.Key)
	if err != nil {
		return pki.Seed{}, err
	}
	seed, err := pki.ParseSeed(data)
	if err != nil {
		return seed, &refusalError{errRejected, "dkg.key", err.Error()}
	}
	return seed, nil
}

func (b *ballotDkgCmd) certificate(c *console) error {
	seed, err := pki.NewSeed(rand.Reader)
	if err != nil {
		return err
	}
	cert, err := pki.NewCertificate(rand.Reader, seed)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.Out, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	id, err := certID(cert)
	if err != nil {
		return err
	}
	name := filepath.Join(b.Out, id)
	if err := b.write(name+".key", loose(seed.Marshal()), true); err != nil {
		return err
	}
	if err := b.write(name+".cert", loose(cert), false); err != nil {
		return err
	}
	return b.done(c, map[string]any{"id": id}, "certificate %s: keep %s.key to yourself, hand in %s.cert", id, name, name)
}

// certID is the name of a participant's files: the hash of the certificate's message.
func certID(cert []byte) (string, error) {
	var signed pki.Signed
	if err := canon.Unmarshal(cert, &signed); err != nil {
		return "", &pki.Error{Reason: "dkg.cert", Message: err.Error()}
	}
	h := bel.HashOf([]byte(signed.Message))
	return hex.EncodeToString(h[:]), nil
}

func (b *ballotDkgCmd) check(c *console) error {
	certs, err := b.lines(c, "--certs", b.Certs)
	if err == nil {
		err = pki.CheckCertificates(certs)
	}
	if err != nil {
		return err
	}
	ids := make([]string, len(certs))
	for i, cert := range certs {
		if ids[i], err = certID(cert); err != nil {
			return err
		}
	}
	return b.done(c, map[string]any{"certificates": ids}, "%d certificates are good", len(certs))
}

func (b *ballotDkgCmd) polynomial(c *console) error {
	certs, err := b.lines(c, "--certs", b.Certs)
	if err != nil {
		return err
	}
	seed, err := b.seed(c)
	if err != nil {
		return err
	}
	if b.Threshold < 2 || b.Threshold > len(certs) {
		return ballotMisuse("--threshold is a number from 2 to %d", len(certs))
	}
	if b.Threshold == len(certs) {
		fmt.Fprintln(c.err, "tenday: note: all participants are needed, so one lost key stops the count")
	}
	polynomial, err := pki.NewPolynomial(rand.Reader, certs, seed, b.Threshold)
	if err != nil {
		return err
	}
	_, err = c.out.Write(loose(polynomial))
	return err
}

func (b *ballotDkgCmd) inputs(c *console) error {
	certs, err := b.lines(c, "--certs", b.Certs)
	if err != nil {
		return err
	}
	polynomials, err := b.lines(c, "--polynomials", b.Polynomials)
	if err != nil {
		return err
	}
	inputs, err := pki.VerifierInputs(certs, polynomials)
	if err != nil {
		return err
	}
	return b.each(c, certs, inputs, ".vinput")
}

// each writes one file for each participant.
func (b *ballotDkgCmd) each(c *console, certs, files [][]byte, suffix string) error {
	if err := os.MkdirAll(b.Out, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	for i, file := range files {
		id, err := certID(certs[i])
		if err != nil {
			return err
		}
		if err := b.write(filepath.Join(b.Out, id+suffix), loose(file), false); err != nil {
			return err
		}
	}
	if b.Step != 4 { // its output is the group
		return nil
	}
	return b.done(c, map[string]any{"files": len(files)}, "%d files *%s: each is for the participant of that name", len(files), suffix)
}

func (b *ballotDkgCmd) output(c *console) error {
	certs, err := b.lines(c, "--certs", b.Certs)
	if err != nil {
		return err
	}
	seed, err := b.seed(c)
	if err != nil {
		return err
	}
	input, err := c.readLine("-")
	if err != nil {
		return err
	}
	output, err := pki.VerifierOutput(rand.Reader, certs, seed, input, b.Name)
	if err != nil {
		return err
	}
	_, err = c.out.Write(loose(output))
	return err
}

func (b *ballotDkgCmd) finish(c *console) error {
	certs, err := b.lines(c, "--certs", b.Certs)
	if err != nil {
		return err
	}
	polynomials, err := b.lines(c, "--polynomials", b.Polynomials)
	if err != nil {
		return err
	}
	in, err := c.readBallotFile("-")
	if err != nil {
		return err
	}
	public, dkeys, err := pki.Finish(certs, polynomials, fileLines(in))
	if err != nil {
		return err
	}
	if err := b.each(c, certs, dkeys, ".dkey"); err != nil {
		return err
	}
	_, err = c.out.Write(loose(canon.Marshal(*public)))
	return err
}
