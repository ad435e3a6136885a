package vtl

type breakStmt struct {
	what expr // nil: the nearest
	src  string
	at   place
}

func (b *breakStmt) run(ex *exec) {
	if b.what == nil {
		ex.unwind = unwindNearest
		return
	}
	s, ok := b.what.eval(ex).(*scope)
	if !ok {
		ex.failAt(b.at, "#break("+b.src+")", throw(illegalArgument, "%s is no loop, want $foreach or one of its parents", b.src))
	}
	ex.unwind, ex.stopAt = unwindTo, s.owner
}

type stopStmt struct {
	message expr
	at      place
}

func (s *stopStmt) run(ex *exec) {
	if s.message != nil {
		s.message.eval(ex)
	}
	ex.unwind = unwindAll
}

type evaluateStmt struct {
	what expr
	src  string
	at   place
}

func (e *evaluateStmt) run(ex *exec) {
	v := e.what.eval(ex)
	if v == nil || ex.unwind != unwindNone {
		return
	}
	src, ok := ex.string(v)
	if !ok {
		return
	}
	if most := 10 * ex.t.limits.Depth; ex.evalDepth == most {
		ex.failAt(e.at, "#evaluate", &LimitError{"Depth", most})
	}
	ex.spend(len(src))
	if ex.evalDepth == 0 {
		ex.evaluating = e.at
	}
	body := ex.compile(src, ex.evaluating)
	ex.evalDepth++
	body.run(ex)
	ex.evalDepth--
	if ex.unwind == unwindNearest || ex.unwind == unwindAll {
		ex.unwind = unwindNone
	}
}

// includeStmt is #include or #parse. There is nothing to load: templates of an
// API stand alone.
type includeStmt struct {
	name string
	args []expr
	srcs []string
	bad  []bool // neither string nor reference
	at   place
}

func (s *includeStmt) run(ex *exec) {
	if s.name == "parse" {
		if len(s.args) == 0 {
			ex.failAt(s.at, "#parse", throw(illegalArgument, "argument missing"))
		}
		if v := s.args[0].eval(ex); v != nil {
			s.notFound(ex, v)
		}
		return
	}
	for i, a := range s.args {
		if s.bad[i] {
			ex.failAt(s.at, "#include", throw(illegalArgument, "the argument %s is neither a string nor a reference", s.srcs[i]))
		}
		v := a.eval(ex)
		if v != nil {
			s.notFound(ex, v)
		}
		ex.out = append(ex.out, "<!-- include error : error with arg "...)
		ex.out = appendText(ex.out, int32(i), ex, 0)
		ex.out = append(ex.out, " please see log. see error log -->"...)
	}
}

func (s *includeStmt) notFound(ex *exec, v any) {
	name, _ := ex.string(v)
	ex.failAt(s.at.unplaced(), "#"+s.name,
		throw(resourceNotFound, "Unable to find resource '%s'", name))
}

// failStmt is a directive the engine stumbles over when it starts a rendering.
type failStmt struct{ err *failure }

func (s failStmt) run(*exec) { panic(*s.err) }
