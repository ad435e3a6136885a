package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// openTerminal makes a pseudo terminal: what is written to tty can be read from
// screen.
func openTerminal(t *testing.T) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo terminals here: ", err)
	}
	t.Cleanup(func() { screen.Close() })
	fd := int(screen.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	return screen, tty
}

func TestNotesWrapOnATerminalAndNowhereElse(t *testing.T) {
	t.Chdir(t.TempDir())
	config := "apis: {T: {document: openapi.yaml}}\nendpoints: {\"a-service-with-a-rather-long-name-that-is-none\": \"http://127.0.0.1:8000\"}\n"
	for name, text := range map[string]string{"rehearse.yaml": config, "openapi.yaml": mockDocument("/items", "type: mock")} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	lint := func(stderr io.Writer) { run(t.Context(), []string{"lint"}, strings.NewReader(""), io.Discard, stderr) }
	longest := func(text string) (n int) {
		for line := range strings.Lines(text) {
			n = max(n, utf8.RuneCountInString(strings.TrimRight(line, "\r\n")))
		}
		return n
	}

	var piped bytes.Buffer
	lint(&piped)
	if longest(piped.String()) <= 80 {
		t.Fatalf("no line is too long for a terminal:\n%s", &piped)
	}
	screen, tty := openTerminal(t)
	shown := make(chan string)
	go func() {
		text, _ := io.ReadAll(screen) // ends with an error when the other side closes
		shown <- string(text)
	}()
	lint(tty)
	tty.Close()
	text := <-shown
	if n := longest(text); n == 0 || n > 80 {
		t.Errorf("the longest line has %d columns:\n%s", n, text)
	}
	if got, want := strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(piped.String()), " "); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
