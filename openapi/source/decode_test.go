package source

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

type testConfig struct {
	Region    string       `yaml:"region"`
	AccountID string       `yaml:"accountId"`
	APIs      Map[testAPI] `yaml:"apis,required"`
	Start     time.Time    `yaml:"start"`
	Timeout   Duration     `yaml:"timeout"`
	Network   *struct {
		Allow []string `yaml:"allow"`
	} `yaml:"network"`
	Limits map[string]int  `yaml:"limits"`
	Any    any             `yaml:"any"`
	Code   Text            `yaml:"code"`
	Raw    *Node           `yaml:"raw"`
	Ratio  Placed[float64] `yaml:"ratio"`
	Level  level           `yaml:"level"`
	Unread string
}

type testAPI struct {
	Document  string            `yaml:"document,required"`
	Cached    bool              `yaml:"cached"`
	Small     int8              `yaml:"small"`
	Variables map[string]string `yaml:"variables"`
	Pos       Pos               `yaml:"-"`
}

type level int

func (l *level) UnmarshalText(text []byte) error {
	if string(text) != "high" {
		return errors.New("want high")
	}
	*l = 1
	return nil
}

func decode(t *testing.T, text string) (testConfig, []*Error) {
	t.Helper()
	f, err := Read("rehearse.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var c testConfig
	return c, Decode(f.Root, &c)
}

func TestDecode(t *testing.T) {
	f, err := Read("rehearse.yaml", []byte(`region: us-west-2
accountId: 012345678901
apis:
  Zebra: {document: z.yaml, cached: true, small: 0x10}
  Apple:
    document: a.yaml
    variables: {n: 5, t: true, s: x, none: ~}
start: 2026-01-01T00:00:00Z
timeout: 1h30m
network: {allow: [a, b]}
limits: {x: 1}
any: {k: [1.50]}
code: |
  one
raw: {a: 1}
ratio: 0.5
level: high
`))
	if err != nil {
		t.Fatal(err)
	}
	var c testConfig
	if errs := Decode(f.Root, &c); errs != nil {
		t.Fatal(errs)
	}
	if c.Region != "us-west-2" || c.AccountID != "012345678901" || c.Timeout != Duration(90*time.Minute) || c.Start.Year() != 2026 || c.Level != 1 {
		t.Errorf("scalars are %+v", c)
	}
	if got := c.APIs.Keys(); !slices.Equal(got, []string{"Zebra", "Apple"}) {
		t.Errorf("Keys = %v, want the file's order", got)
	}
	zebra, ok := c.APIs.Get("Zebra")
	if !ok || !zebra.Cached || zebra.Small != 16 || zebra.Pos.Line != 4 || zebra.Pos.Col != 3 {
		t.Errorf("Zebra = %+v", zebra)
	}
	for key, api := range c.APIs.All() {
		if key == "Apple" && !reflect.DeepEqual(api.Variables, map[string]string{"n": "5", "t": "true", "s": "x", "none": ""}) {
			t.Errorf("Variables = %v", api.Variables)
		}
	}
	if _, ok := c.APIs.Get("nobody"); ok {
		t.Error("Get finds what is not there")
	}
	if !slices.Equal(c.Network.Allow, []string{"a", "b"}) || c.Limits["x"] != 1 || c.Raw.Get("a").Value != "1" || c.Code.At(0).Line != 14 {
		t.Errorf("containers are %+v", c)
	}
	if c.Ratio.Value != 0.5 || c.Ratio.Pos.Line != 16 {
		t.Errorf("Ratio = %+v", c.Ratio)
	}
	if c.Any == nil {
		t.Error("any is nil")
	}
}

func TestDecodeErrors(t *testing.T) {
	_, errs := decode(t, `regoin: x
zzzzzzz: 1
apis:
  A: {document: [x], cached: yes, small: 300, variables: 5}
  B: {}
  C: 7
  D:
start: tomorrow
timeout: 90
network: [x]
limits: {x: 1.5, y: high}
code: {}
ratio: high
level: [low]
region: {a: 1}
`)
	var got []string
	for _, e := range errs {
		got = append(got, fmt.Sprintf("%d:%d: %s (%s)", e.Pos.Line, e.Pos.Col, e.Msg, e.Hint))
	}
	known := "there are region, accountId, apis, start, timeout, network, limits, any, code, raw, ratio, level"
	want := []string{
		`1:1: the file has no field "regoin" (did you mean "region"?)`,
		`2:1: the file has no field "zzzzzzz" (` + known + `)`,
		`4:17: document is an array, want a text ()`,
		`4:30: cached is "yes", want true or false (write true, without quotes)`,
		`4:42: small is 300, want a whole number ()`,
		`4:58: variables is 5, want an object ()`,
		`5:3: B lacks the field "document" ()`,
		`6:6: C is 7, want an object ()`,
		`8:8: start is "tomorrow", want a time such as 2026-01-01T00:00:00Z ()`,
		`9:10: timeout is 90, want a duration (write it as 90s, 1h30m or 250ms)`,
		`10:10: network is an array, want an object ()`,
		`11:13: x is 1.5, want a whole number ()`,
		`11:21: y is "high", want a whole number ()`,
		`12:7: code is an object, want a text ()`,
		`13:8: ratio is "high", want a number ()`,
		`14:8: level is an array, want a text ()`,
		`15:9: region is an object, want a text ()`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("Decode says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if _, errs := decode(t, "level: low\n"); len(errs) != 2 || errs[0].Msg != `the file lacks the field "apis"` || errs[1].Msg != `level is "low": want high` {
		t.Errorf("Decode says %v", errs)
	}
	if _, errs := decode(t, "apis: x\n"); len(errs) != 1 || errs[0].Msg != `apis is "x", want an object` {
		t.Errorf("Decode says %v", errs)
	}
	if _, errs := decode(t, "apis: {A: {document: x, cached: \"off\"}}\n"); len(errs) != 1 || errs[0].Hint != "write false, without quotes" {
		t.Errorf("Decode says %v", errs)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"stages", "variables", "throttle", "quota", "methodSettings"}
	for name, want := range map[string]string{
		"varibles":       "variables",
		"Stages":         "stages",
		"stgaes":         "stages",
		"methodsettings": "methodSettings",
		"qouta":          "quota",
		"colour":         "",
		"x":              "",
	} {
		if got := Nearest(name, known); got != want {
			t.Errorf("Nearest(%s) = %q, want %q", name, got, want)
		}
	}
}
