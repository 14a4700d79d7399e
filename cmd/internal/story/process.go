package story

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is one long-running child: a meter, a gateway, the broker, the cloud.
type process struct {
	name string
	args []string
	dir  string
	log  string // file for its standard error
	cmd  *exec.Cmd
	out  *bufio.Reader
	done chan struct{}
	err  error
	mu   sync.Mutex
	want bool // it should be running: an end is an accident
}

// Play runs children of one program.
type children struct {
	program string
	env     []string
	logs    string
	mu      sync.Mutex
	all     map[string]*process
	fail    context.CancelCauseFunc
}

// start runs a child. Its standard error goes to a log file of its name.
func (c *children) start(name, dir string, args ...string) (*process, error) {
	p := &process{name: name, args: args, dir: dir, log: filepath.Join(c.logs, strings.ReplaceAll(name, ":", "-")+".log")}
	if err := c.run(p); err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.all[name] = p
	c.mu.Unlock()
	return p, nil
}

func (c *children) run(p *process) error {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(c.program, append(slices.Clone(p.args), "--child")...)
	cmd.Dir, cmd.Stderr, cmd.Env = p.dir, log, append(os.Environ(), c.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us: we end the children in their order
	if _, err := cmd.StdinPipe(); err != nil {            // held open until the child ends, or until we do
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.mu.Lock()
	p.cmd, p.out, p.want, p.done = cmd, bufio.NewReader(out), true, make(chan struct{})
	done := p.done
	p.mu.Unlock()
	go func() {
		err := cmd.Wait()
		p.mu.Lock()
		unwanted := p.want && p.cmd == cmd
		p.err = err
		p.mu.Unlock()
		close(done)
		if unwanted {
			c.fail(fmt.Errorf("%s ended by itself (%v): see %s", p.name, err, p.log))
		}
	}()
	return nil
}

// ready waits for the line that a child prints when it answers.
func (p *process) ready(ctx context.Context) error {
	line := make(chan error, 1)
	go func() {
		text, err := p.out.ReadString('\n')
		if err == nil && strings.TrimSpace(text) != "ready" {
			err = fmt.Errorf("said %q", text)
		}
		line <- err
	}()
	select {
	case err := <-line:
		if err != nil {
			return fmt.Errorf("%s is not ready: %w: see %s", p.name, err, p.log)
		}
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// stopTime is how long a child may take to end by itself.
const stopTime = 60 * time.Second

// end sends a signal and waits for the child to end.
func (p *process) end(signal syscall.Signal) error {
	p.mu.Lock()
	p.want = false
	cmd, done := p.cmd, p.done
	p.mu.Unlock()
	if err := cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-done:
	case <-time.After(stopTime):
		return errors.Join(fmt.Errorf("%s did not end within %s", p.name, stopTime), cmd.Process.Kill())
	}
	if signal == syscall.SIGTERM && p.err != nil {
		return fmt.Errorf("%s ended badly: %w: see %s", p.name, p.err, p.log)
	}
	return nil
}

// stopAll ends every child that still runs, the youngest kinds first.
func (c *children) stopAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.all {
		p.mu.Lock()
		p.want = false
		if p.cmd != nil {
			_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may be gone
		}
		p.mu.Unlock()
	}
	for _, p := range c.all {
		select {
		case <-p.done:
		case <-time.After(stopTime):
			_ = p.cmd.Process.Kill()
		}
	}
}

// command runs a party's command to its end, in the party's own directory, and returns what it printed.
func (c *children) command(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, c.program, args...)
	var out, problem bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = dir, &out, &problem, append(os.Environ(), c.env...)
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("gauger %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(problem.String()))
	}
	return out.Bytes(), nil
}
