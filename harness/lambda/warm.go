package lambda

// Warm finds and starts, behind the caller's back, the interpreters that the
// functions will need: the warm Python that environments are forked from, the
// node processes that wait. No environment and no user code starts. It is for
// whoever knows that functions will be called soon.
func (r *Registry) Warm() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.functions {
		r.host.warm(f.latest)
		for _, v := range f.versions {
			r.host.warm(v)
		}
	}
}

func (h *Host) warm(v *version) {
	k := v.code.kind()
	if k != kindPython && k != kindNode {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.warming.Go(func() {
		taskRoot, err := v.taskRoot()
		if err != nil {
			return // the call will say so
		}
		if k == kindNode {
			if in, err := h.findNode(v, taskRoot); err == nil {
				h.nodes.warm(h, in)
			}
			return
		}
		if in, err := h.findPython(v, taskRoot); err == nil && canFork && !h.noFork {
			h.forkServer(in)
		}
	})
}
