package keystore_test

import (
	"bufio"
	"crypto"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// folder returns an empty folder with a name short enough for a socket in it.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "keys")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	return dir
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run runs a command to its end.
func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), env...)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// emulator is a TPM 2.0 made of software: swtpm, which talks on a socket as the driver of the kernel does.
type emulator struct {
	t           *testing.T
	dir, socket string
	stop        func()
}

func newEmulator(t *testing.T) *emulator {
	dir := folder(t)
	e := &emulator{t: t, dir: dir, socket: filepath.Join(dir, "tpm.sock")}
	e.start()
	t.Cleanup(func() { e.stop() })
	return e
}

// start hands it a socket that listens already, so that nobody has to wait for it.
func (e *emulator) start() {
	e.t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: e.socket, Net: "unix"})
	must(e.t, err)
	l.SetUnlinkOnClose(false)
	f, err := l.File()
	must(e.t, err)
	c := exec.Command("swtpm", "socket", "--tpm2", "--tpmstate", "dir="+e.dir, "--server", "type=unixio,fd=3", "--flags", "not-need-init,startup-clear")
	c.ExtraFiles, c.Stderr = []*os.File{f}, os.Stderr
	must(e.t, c.Start())
	must(e.t, f.Close())
	must(e.t, l.Close())
	e.stop = func() {
		_ = c.Process.Kill()
		_ = c.Wait() // killed
		_ = os.Remove(e.socket)
	}
}

// sshAgent is OpenSSH's agent.
type sshAgent struct {
	t      *testing.T
	socket string
	env    []string
	stop   func()
}

func newAgent(t *testing.T) *sshAgent {
	a := &sshAgent{t: t, socket: filepath.Join(folder(t), "agent.sock")}
	a.start()
	t.Cleanup(func() { a.stop() })
	return a
}

func (a *sshAgent) start() {
	a.t.Helper()
	c := exec.Command("ssh-agent", "-D", "-a", a.socket, "-P", "/usr/lib/*")
	out, err := c.StdoutPipe()
	must(a.t, err)
	must(a.t, c.Start())
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil { // it says where it listens
		a.t.Fatal(err)
	}
	a.env = []string{"SSH_AUTH_SOCK=" + a.socket}
	a.stop = func() {
		_ = c.Process.Kill()
		_ = c.Wait() // killed
		_ = os.Remove(a.socket)
	}
}

// add loads a key into the agent, and returns how it is named.
func (a *sshAgent) add(key crypto.PrivateKey) string {
	a.t.Helper()
	block, err := ssh.MarshalPrivateKey(key, "")
	must(a.t, err)
	path := filepath.Join(folder(a.t), "key")
	must(a.t, os.WriteFile(path, pem.EncodeToMemory(block), 0o600))
	run(a.t, a.env, "ssh-add", "-q", path)
	signer, err := ssh.NewSignerFromKey(key)
	must(a.t, err)
	return a.ref(ssh.FingerprintSHA256(signer.PublicKey()))
}

func (a *sshAgent) ref(fingerprint string) string { return "agent:" + a.socket + "?" + fingerprint }
