package vtl

// A stmt is a compiled piece of template.
type stmt interface{ run(ex *exec) }

// A block is statements in a row. lines are the lines each stands on, for
// coverage.
type block struct {
	stmts []stmt
	lines []lineRange
	at    place
}

func (b *block) run(ex *exec) {
	ex.spend(len(b.stmts) + 1)
	ex.checkOutput(len(ex.out))
	ex.current = b
	if ex.nested++; ex.nested > maxRunDepth {
		ex.exceed("Depth", maxRunDepth)
	}
	if ex.rec != nil {
		b.record(ex)
	} else {
		for _, s := range b.stmts {
			s.run(ex)
			if ex.unwind != unwindNone {
				break
			}
		}
	}
	ex.nested--
}

func (b *block) record(ex *exec) {
	for i, s := range b.stmts {
		ex.rec.executed(b.lines[i])
		if ex.rec.Trace {
			ex.rec.directive(s)
		}
		s.run(ex)
		if ex.unwind != unwindNone {
			return
		}
	}
}

// maxRunDepth bounds how deep blocks may run in each other, which blocks that
// define blocks can do without end.
const maxRunDepth = 5000

// literalText is text between the rest.
type literalText struct{ s string }

func (t *literalText) run(ex *exec) { ex.out = append(ex.out, t.s...) }

type setStmt struct {
	left  *ref
	right expr
	at    place
}

func (s *setStmt) run(ex *exec) {
	v := s.right.eval(ex)
	if ex.unwind != unwindNone {
		return
	}
	if ex.rec != nil {
		ex.rec.set(s, v)
	}
	if v == nil {
		return // and the old value stays
	}
	s.left.set(ex, v)
}

type ifStmt struct {
	arms   []arm
	orElse *block
	at     place
	other  branch // no arm was taken
}

type arm struct {
	cond  expr
	src   string
	body  *block
	at    place
	taken branch
}

func (s *ifStmt) run(ex *exec) {
	for i := range s.arms {
		a := &s.arms[i]
		if ex.rec != nil {
			ex.rec.watch()
		}
		ok := a.cond.test(ex)
		if ex.unwind != unwindNone {
			return
		}
		if ex.rec != nil {
			ex.rec.condition(a, i > 0, ok)
		}
		if ok {
			a.body.run(ex)
			return
		}
	}
	if ex.rec != nil {
		ex.rec.otherwise(s)
	}
	if s.orElse != nil {
		s.orElse.run(ex)
	}
}
