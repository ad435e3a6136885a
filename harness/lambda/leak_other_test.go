//go:build !linux && !darwin

package lambda

func runGateway(string) {}
