package ordered

import (
	"errors"
	"math"
	"strconv"
)

// A call is a function of a path, .length() or .concat("a", $.b).
type call struct {
	name   string
	apply  applyFunc // nil: there is no such function, which is an error when it is called
	params []param
}

type applyFunc func(w *walk, c *call, model any) (any, error)

// A param is a path, or else a JSON text that was read already.
type param struct {
	path  *Path
	value any
	err   error // of the JSON text: it is an error when it is asked for
}

var functions = map[string]applyFunc{
	"avg":    aggregate(func(n *numbers) float64 { return n.sum / float64(n.count) }),
	"sum":    aggregate(func(n *numbers) float64 { return n.sum }),
	"min":    aggregate(func(n *numbers) float64 { return n.min }),
	"max":    aggregate(func(n *numbers) float64 { return n.max }),
	"stddev": aggregate((*numbers).deviation),
	"length": length,
	"size":   length,
	"concat": concat,
	"append": appendItems,
	"keys":   keys,
	"first":  itemAt(func(*walk, *call) (int, error) { return 0, nil }),
	"last":   itemAt(func(*walk, *call) (int, error) { return -1, nil }),
	"index":  itemAt(indexOfParams),
}

// function adds the result of a function, and goes on with it where more steps
// follow; being definite, the path then leads to what was found last.
func (w *walk) function(s *step, i int, model any) error {
	if s.call.apply == nil {
		return w.invalidf("there is no function %s()", s.call.name)
	}
	for _, p := range s.call.params {
		if p.path == nil {
			continue
		}
		// Jayway evaluates these whether the function looks at them or not.
		if _, err := p.path.find(w.root, w.root, false); err != nil {
			return err
		}
	}
	result, err := s.call.apply(w, s.call, model)
	if err != nil {
		return err
	}
	w.found = append(w.found, result)
	if s.last {
		return nil
	}
	return w.step(i+1, result)
}

func (w *walk) param(p param) (any, error) {
	switch {
	case p.err != nil:
		return nil, w.errorf("%s", p.err)
	case p.path == nil:
		return p.value, nil
	}
	return p.path.find(w.root, w.root, false)
}

// params gives the values of all parameters, those of arrays one by one.
func (w *walk) params(c *call) ([]any, error) {
	var values []any
	for _, p := range c.params {
		v, err := w.param(p)
		if err != nil {
			return nil, err
		}
		if a, ok := v.(*Array); ok {
			values = append(values, a.Items...)
		} else {
			values = append(values, v)
		}
	}
	return values, nil
}

type numbers struct {
	count                  int
	sum, squares, min, max float64
}

func (n *numbers) add(v any) {
	number, ok := asNumber(v)
	if !ok {
		return
	}
	f := number.Float64()
	if n.count == 0 {
		n.min, n.max = f, f
	}
	n.count++
	n.sum += f
	n.squares += f * f
	n.min, n.max = min(n.min, f), max(n.max, f)
}

func (n *numbers) deviation() float64 {
	count := float64(n.count)
	return math.Sqrt(n.squares/count - n.sum*n.sum/count/count)
}

var errNothingToAggregate = errors.New("the function has no number to work on")

func aggregate(result func(*numbers) float64) func(*walk, *call, any) (any, error) {
	return func(w *walk, c *call, model any) (any, error) {
		var n numbers
		if a, ok := model.(*Array); ok {
			for _, item := range a.Items {
				n.add(item)
			}
		}
		params, err := w.params(c)
		if err != nil {
			return nil, err
		}
		for _, v := range params {
			n.add(v)
		}
		if n.count == 0 {
			return nil, w.errorf("%s", errNothingToAggregate)
		}
		f := result(&n)
		if math.IsInf(f, 0) || math.IsNaN(f) {
			return nil, nil
		}
		return Number(AppendDouble(nil, f)), nil
	}
}

// length counts items or members. Other values have none. With a path as
// parameter it counts the values below all that path leads to; where that is one
// value at most, Jayway looks at the last one below it only, and if that is no
// array it is as if there were no parameter.
func length(w *walk, c *call, model any) (any, error) {
	if len(c.params) > 0 {
		inner := c.params[0].path
		if inner == nil {
			return nil, w.errorf("length() wants a path")
		}
		if len(inner.steps) > 0 && !inner.functions {
			below := &Path{text: inner.text, steps: append(append([]step(nil), inner.steps...), step{kind: wildcardStep})}
			below.finish()
			below.definite = inner.definite
			inner = below
		}
		v, err := inner.find(model, model, false)
		if err != nil {
			return nil, err
		}
		if a, ok := v.(*Array); ok {
			return count(len(a.Items)), nil
		}
	}
	switch m := model.(type) {
	case *Array:
		return count(len(m.Items)), nil
	case *Object:
		return count(m.Len()), nil
	}
	return nil, nil
}

func concat(w *walk, c *call, model any) (any, error) {
	var text []byte
	if a, ok := model.(*Array); ok {
		for _, item := range a.Items {
			if s, ok := item.(string); ok {
				text = append(text, s...)
			}
		}
	}
	params, err := w.params(c)
	if err != nil {
		return nil, err
	}
	for _, v := range params {
		if v != nil {
			text = AppendJava(text, v)
		}
	}
	return string(text), nil
}

// appendItems gives an array with the parameters behind it. Jayway changes the
// document itself; here it stays as it is, since others may be reading it.
func appendItems(w *walk, c *call, model any) (any, error) {
	a, ok := model.(*Array)
	if !ok {
		return model, nil
	}
	longer := &Array{Items: append([]any(nil), a.Items...)}
	for _, p := range c.params {
		v, err := w.param(p)
		if err != nil {
			return nil, err
		}
		longer.Items = append(longer.Items, v)
	}
	return longer, nil
}

func keys(_ *walk, _ *call, model any) (any, error) {
	o, ok := model.(*Object)
	if !ok {
		return nil, nil
	}
	a := &Array{Items: make([]any, o.Len())}
	for i, k := range o.keys {
		a.Items[i] = k
	}
	return a, nil
}

func itemAt(index func(*walk, *call) (int, error)) func(*walk, *call, any) (any, error) {
	return func(w *walk, c *call, model any) (any, error) {
		a, ok := model.(*Array)
		if !ok {
			return nil, w.errorf("%s() wants an array", c.name)
		}
		i, err := index(w, c)
		if err != nil {
			return nil, err
		}
		// An item counted from the end may not be the first: so it is in Jayway.
		if v, ok := a.at(i); ok && (i >= 0 || len(a.Items)+i > 0) {
			return v, nil
		}
		return nil, w.errorf("%s() wants item %d of an array of %d", c.name, i, len(a.Items))
	}
}

func indexOfParams(w *walk, c *call) (int, error) {
	params, err := w.params(c)
	if err != nil {
		return 0, err
	}
	for _, v := range params {
		if n, ok := asNumber(v); ok {
			return int(n.Float64()), nil
		}
	}
	return 0, w.errorf("index() wants a number")
}

func count(n int) Number { return Number(strconv.Itoa(n)) }
