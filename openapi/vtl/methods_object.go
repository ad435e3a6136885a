package vtl

func objectEquals(ex *exec, recv any, args []any) (any, error) {
	return ex.same(recv, args[0], 0), nil
}

func objectHashCode(ex *exec, recv any, _ []any) (any, error) {
	return boxInt(ex.hash(recv, 0)), nil
}

func objectToString(ex *exec, recv any, _ []any) (any, error) {
	if s, ok := ex.string(recv); ok {
		return s, nil
	}
	return nil, nil
}

func objectGetClass(_ *exec, recv any, _ []any) (any, error) {
	return &classRef{javaName(recv)}, nil
}

func objectItself(_ *exec, recv any, _ []any) (any, error)    { return recv, nil }
func firstArgument(_ *exec, _ any, args []any) (any, error)   { return args[0], nil }
func doNothing(*exec, any, []any) (any, error)                { return void(nil) }
func unsupportedMethod(*exec, any, []any) (any, error)        { return nil, throw(unsupported, "") }
func classGetName(_ *exec, recv any, _ []any) (any, error)    { return recv.(*classRef).name, nil }
func entryGetKey(_ *exec, recv any, _ []any) (any, error)     { return keyValue(recv.(*entry).key), nil }
func entryGetValue(_ *exec, recv any, _ []any) (any, error)   { return recv.(*entry).value(), nil }
func iteratorHasNext(_ *exec, recv any, _ []any) (any, error) { return recv.(*iterator).hasNext(), nil }
func iteratorNext(_ *exec, recv any, _ []any) (any, error)    { return recv.(*iterator).next() }
func iteratorRemove(ex *exec, recv any, _ []any) (any, error) {
	return void(recv.(*iterator).remove(ex))
}
func scopeGetHasNext(_ *exec, recv any, _ []any) (any, error) { return recv.(*scope).hasNext, nil }
func scopeIsFirst(_ *exec, recv any, _ []any) (any, error)    { return recv.(*scope).index < 1, nil }
func scopeIsLast(_ *exec, recv any, _ []any) (any, error)     { return !recv.(*scope).hasNext, nil }
func scopeGetReplaced(_ *exec, recv any, _ []any) (any, error) {
	return recv.(*scope).replacedValue(), nil
}

func scopeGetIndex(_ *exec, recv any, _ []any) (any, error) {
	return boxInt(int32(recv.(*scope).index)), nil
}

func scopeGetCount(_ *exec, recv any, _ []any) (any, error) {
	return boxInt(int32(recv.(*scope).index + 1)), nil
}

func scopeGetParent(_ *exec, recv any, _ []any) (any, error) {
	if p := recv.(*scope).parent; p != nil {
		return p, nil
	}
	return nil, nil
}

func scopeGetTopmost(_ *exec, recv any, _ []any) (any, error) {
	s := recv.(*scope)
	for s.parent != nil {
		s = s.parent
	}
	return s, nil
}

func classGetSimpleName(_ *exec, recv any, _ []any) (any, error) {
	return simpleName(recv.(*classRef).name), nil
}

func entrySetValue(_ *exec, recv any, args []any) (any, error) {
	e := recv.(*entry)
	old := e.value()
	e.m.Set(e.key, args[0])
	return old, nil
}
