package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// serving are the flags of serve.
type serving struct {
	listen, stage, virtual         string
	quiet, explain, noAdmin, allow bool
	watch, stub, functionLogs      bool
	seed                           uint64
}

func (a *app) serveCommand() *cobra.Command {
	var s serving
	cmd := &cobra.Command{
		Use:   "serve [DOCUMENT]",
		Short: "Run the gateway on a local port",
		Long: `Run the gateway on a local port, with the APIs of rehearse.yaml or with one
DOCUMENT, which needs no config. Call http://HOST:PORT/{stage}/{path} where there
is one API; with several, http://HOST:PORT/restapis/{apiId}/{stage}/_user_request_/{path}
or the Host {apiId}.execute-api.{region}.amazonaws.com.

The admin API is below /_rehearse/: GET health, GET exchanges?last=N, and with
application/json POST clock {"advance":"1h30m"}, POST reset, POST cache/flush {"stage":"prod"}.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			document := ""
			if len(args) > 0 {
				document = args[0]
			}
			if s.stage != "" && document == "" {
				return usage("rehearse.yaml names the stages", "--stage is for a DOCUMENT without config")
			}
			return a.serve(cmd, document, &s)
		},
	}
	f := cmd.Flags()
	f.StringVar(&s.listen, "listen", "127.0.0.1:3000", "`HOST:PORT`; port 0 takes a free one")
	f.StringVar(&s.stage, "stage", "", "of a DOCUMENT: the `NAME` of its stage (default dev)")
	f.BoolVarP(&s.quiet, "quiet", "q", false, "no line per exchange")
	f.BoolVar(&s.explain, "explain", false, "the decisions of each exchange")
	f.BoolVar(&s.noAdmin, "no-admin", false, "no admin API")
	f.BoolVar(&s.allow, "allow-refused", false, "serve what could be built of a document AWS would refuse")
	f.BoolVar(&s.watch, "watch", false, "a changed function is a new $LATEST, a changed document a new deployment")
	f.BoolVar(&s.stub, "stub", false, "answer for functions and hosts that aren't there, from the document's examples and schemas")
	f.BoolVar(&s.functionLogs, "function-logs", false, "what each function call logs, on stderr")
	f.StringVar(&s.virtual, "virtual-clock", "", "freeze time at `RFC3339`, or at clock.start; only the admin API moves it")
	f.Lookup("virtual-clock").NoOptDefVal = "start"
	f.Uint64Var(&s.seed, "seed", 0, "repeat a run: draws of weighted aliases, canaries and ids")
	return cmd
}

func (a *app) serve(cmd *cobra.Command, document string, s *serving) error {
	p, err := a.openToRun(document, project.Options{AllowRefused: s.allow, Stage: s.stage, Stub: s.stub})
	if err != nil {
		return err
	}
	defer p.Close()
	clk, virtual, err := s.clock(p.Config.Start)
	if err != nil {
		return err
	}
	ln, err := listen(s.listen)
	if err != nil {
		return err
	}
	defer ln.Close()
	if s.seed == 0 {
		s.seed = randomSeed()
	}
	kept := &history{}
	log := newExchangeLog(a.stderr, s, p.Mask)
	defer log.close()
	start := project.StartOptions{Clock: clk, Seed: s.seed, Logf: a.logf, KeepCalls: 1}
	if s.functionLogs {
		start.Called = log.writeCall
	}
	if !s.noAdmin || !s.quiet {
		start.Trace = !s.noAdmin || s.explain
		start.Observe = func(x *result.Exchange) {
			if !s.noAdmin {
				kept.add(x)
			}
			log.write(x)
		}
	}
	sandbox, err := p.Start(start)
	if err != nil {
		return err
	}
	defer sandbox.Close()
	server := gateway.ServerConfig{Gateway: sandbox.Gateway}
	if !s.noAdmin {
		ad := &admin{sandbox: sandbox, clock: virtual, history: kept}
		if virtual != nil {
			ad.start = virtual.Now()
		}
		server.Admin = ad.do
	}
	sandbox.Functions.Warm() // the first caller need not wait for an interpreter
	var notes sync.WaitGroup // nor whoever calls no function
	notes.Go(func() { a.missingInterpreters(p) })
	defer notes.Wait()
	if s.watch { // before anybody knows the address: no change goes unseen
		dirs, err := a.watched(document, nil)
		if err != nil {
			return err
		}
		w, err := newWatcher(dirs)
		if err != nil {
			return err
		}
		defer w.Close()
		ctx, end := context.WithCancel(cmd.Context())
		var watching sync.WaitGroup
		watching.Go(func() { a.reload(ctx, w, sandbox) })
		defer watching.Wait()
		defer end()
	}
	a.printStart(p, sandbox, ln.Addr(), virtual, s)
	return gateway.Serve(cmd.Context(), ln, server)
}

// clock is the clock to serve on; virtual is nil for real time.
func (s *serving) clock(start time.Time) (clk clock.Clock, virtual *clock.Virtual, err error) {
	switch s.virtual {
	case "":
		return clock.Real(), nil, nil
	case "start":
	default:
		if start, err = time.Parse(time.RFC3339Nano, s.virtual); err != nil {
			return nil, nil, usage("such as --virtual-clock=2026-01-01T00:00:00Z", "--virtual-clock is %q, want a time", s.virtual)
		}
	}
	virtual = clock.NewVirtual(start)
	return virtual, virtual, nil
}

// listen opens the port, or says who is to blame.
func listen(address string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, usage("such as --listen 127.0.0.1:3000, or :0 for a free port", "--listen is %q, want HOST:PORT", address)
	}
	ln, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return ln, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, usage("end the program that has it, or take a free port with --listen 127.0.0.1:0", "the port of %s is in use", address)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return nil, usage("", "can't listen on %s: %s", address, err)
}

// printStart prints where the stages are, and what is not enforced.
func (a *app) printStart(p *project.Project, sandbox *project.Sandbox, addr net.Addr, virtual *clock.Virtual, s *serving) {
	base := "http://" + reachable(addr)
	fmt.Fprintln(a.stdout, "listening on "+base)
	apis := map[string]bool{}
	for _, st := range sandbox.Gateway.Settings().Stages {
		apis[st.API] = true
	}
	for _, st := range sandbox.Gateway.Settings().Stages {
		url := base + "/" + st.Name
		if len(apis) > 1 {
			url = base + "/restapis/" + st.APIID + "/" + st.Name + "/_user_request_"
		}
		fmt.Fprintf(a.stdout, "  %s (%s) %s: %s\n", st.API, st.APIID, st.Name, url)
	}
	for _, k := range p.Config.APIKeys {
		if k.Value == "" { // nobody could know it
			if value, err := sandbox.KeyValue(k.Name); err == nil {
				fmt.Fprintf(a.stdout, "  API key %s: %s (made from the seed %d)\n", k.Name, value, s.seed)
			}
		}
	}
	if virtual != nil {
		fmt.Fprintf(a.stdout, "time stands still at %s; POST %sclock moves it\n", virtual.Now().Format(time.RFC3339Nano), base+"/_rehearse/")
	}
	if notes := p.NotEnforced(); len(notes) > 0 {
		fmt.Fprintln(a.stdout, "not enforced:")
		for _, n := range notes {
			fmt.Fprintln(a.stdout, "  "+n)
		}
	}
	if tcp, ok := addr.(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		a.warn(source.Pos{}, "warning", "other machines can reach this port", "--listen 127.0.0.1:3000 keeps it to this one")
	}
}

// reachable is an address as a caller on this machine spells it: what listens on
// all of the machine's addresses is called by one.
func reachable(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return addr.String()
}
