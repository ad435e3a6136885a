package lambda

import "github.com/rehearse-api/rehearse/openapi/ordered"

// contains reports whether want is a part of got: objects may have more
// members, arrays must have as many items, everything else is equal as JSON.
func contains(got, want any) bool {
	switch want := want.(type) {
	case *ordered.Object:
		o, ok := got.(*ordered.Object)
		if !ok {
			return false
		}
		for k, w := range want.All() {
			if g, ok := o.Get(k); !ok || !contains(g, w) {
				return false
			}
		}
		return true
	case *ordered.Array:
		a, ok := got.(*ordered.Array)
		if !ok || len(a.Items) != len(want.Items) {
			return false
		}
		for i, w := range want.Items {
			if !contains(a.Items[i], w) {
				return false
			}
		}
		return true
	}
	return ordered.Equal(got, want)
}
