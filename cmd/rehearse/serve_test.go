package main

import (
	"net"
	"testing"
)

func TestTheAddressPrintedIsOneThatCanBeCalled(t *testing.T) {
	tests := []struct{ name, ip, want string }{
		{"all of IPv4", "0.0.0.0", "127.0.0.1:3922"},
		{"all of IPv6, and so of IPv4", "::", "127.0.0.1:3922"},
		{"loopback", "127.0.0.1", "127.0.0.1:3922"},
		{"loopback of IPv6", "::1", "[::1]:3922"},
		{"one address", "192.168.1.7", "192.168.1.7:3922"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := reachable(&net.TCPAddr{IP: net.ParseIP(tt.ip), Port: 3922}); got != tt.want {
				t.Errorf("reachable(%s) = %s, want %s", tt.ip, got, tt.want)
			}
		})
	}
}
