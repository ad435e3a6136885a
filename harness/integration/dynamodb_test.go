package integration

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-api/rehearse/openapi"
)

// lacking skips a test whose program is not here; CI has everything, so there it fails.
func lacking(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// dynalite starts npm's DynamoDB server on a free port and returns its URL. It
// is looked for where .ci/setup puts it.
func dynalite(t *testing.T) string {
	t.Helper()
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		cache = filepath.Join(os.Getenv("HOME"), ".cache")
	}
	module := filepath.Join(cache, "rehearse-test", "node_modules", "dynalite")
	if _, err := os.Stat(module); err != nil {
		lacking(t, "dynalite is not here; make setup gets it")
	}
	node := exec.CommandContext(t.Context(), "node", "-e",
		`const s = require(process.argv[1])({createTableMs: 0}).listen(0, "127.0.0.1", () => console.log(s.address().port));
		 process.stdin.resume().on("end", () => process.exit())`, module)
	node.Stderr = os.Stderr
	if _, err := node.StdinPipe(); err != nil { // it ends when this does
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		lacking(t, "node does not run: %v", err)
	}
	t.Cleanup(func() {
		_ = node.Process.Kill() // our own child
		_ = node.Wait()
	})
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("dynalite did not start: ", err)
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port)
}

// TestDynamoDB calls a real server by DynamoDB's actions: it takes no call
// without a signature, a target and a type it knows.
func TestDynamoDB(t *testing.T) {
	n, _ := network(t, NetworkConfig{Endpoints: map[string]string{"dynamodb": dynalite(t)}})
	call := func(action, body string) (int, map[string]any) {
		t.Helper()
		r, f := do(t, n, &Request{
			Integration: &openapi.Integration{Type: openapi.AWS, Credentials: "arn:aws:iam::123456789012:role/r"}, HTTPMethod: "POST",
			URI:    "arn:aws:apigateway:us-east-1:dynamodb:action/" + action,
			Header: lines("Content-Type: application/json"), Body: []byte(body), HasBody: true, APIID: "abc", Timeout: 20 * time.Second,
		})
		if f != nil {
			t.Fatal(f.Event)
		}
		var v map[string]any
		if err := json.Unmarshal(r.Body, &v); err != nil {
			t.Fatalf("%s answered %d %s", action, r.Status, r.Body)
		}
		return r.Status, v
	}
	status, _ := call("CreateTable", `{"TableName":"items","KeySchema":[{"AttributeName":"kind","KeyType":"HASH"},{"AttributeName":"id","KeyType":"RANGE"}],
		"AttributeDefinitions":[{"AttributeName":"kind","AttributeType":"S"},{"AttributeName":"id","AttributeType":"N"}],"BillingMode":"PAY_PER_REQUEST"}`)
	if status != 200 {
		t.Fatalf("CreateTable = %d", status)
	}
	for _, item := range []string{`{"kind":{"S":"pen"},"id":{"N":"1"},"name":{"S":"Blue"}}`, `{"kind":{"S":"pen"},"id":{"N":"2"},"name":{"S":"Red"}}`} {
		status, v := call("PutItem", `{"TableName":"items","Item":`+item+`}`)
		for range 50 { // a table is made for a moment even when it takes no time
			if status == 200 {
				break
			}
			status, v = call("PutItem", `{"TableName":"items","Item":`+item+`}`)
		}
		if status != 200 {
			t.Fatalf("PutItem = %d %v", status, v)
		}
	}
	if status, v := call("GetItem", `{"TableName":"items","Key":{"kind":{"S":"pen"},"id":{"N":"2"}}}`); status != 200 || !strings.Contains(text(v), `"name":{"S":"Red"}`) {
		t.Errorf("GetItem = %d %s", status, text(v))
	}
	if status, v := call("Query", `{"TableName":"items","KeyConditionExpression":"kind = :k","ExpressionAttributeValues":{":k":{"S":"pen"}}}`); status != 200 || v["Count"] != 2.0 {
		t.Errorf("Query = %d %s", status, text(v))
	}
	if status, v := call("GetItem", `{"TableName":"none","Key":{"id":{"N":"1"}}}`); status != 400 || !strings.Contains(text(v), "ResourceNotFoundException") {
		t.Errorf("GetItem of no table = %d %s, want DynamoDB's own 400", status, text(v))
	}
}

func text(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
