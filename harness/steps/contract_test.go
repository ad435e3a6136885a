package steps

import (
	"strings"
	"sync"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// awkward is a document that AWS takes and kin-openapi by itself does not.
const awkward = `openapi: 3.0
info: {title: t, version: 1.0}
x-amazon-apigateway-policy: {Version: "2012-10-17"}
paths:
  /items/{proxy+}:
    get:
      responses:
        200:
          content:
            application/json:
              schema: {$ref: "https://apigateway.amazonaws.com/restapis/abcdefghij/models/Item"}
    x-amazon-apigateway-any-method:
      responses:
        "201": {description: any}
  /old:
    get:
      responses:
        default: {description: d, content: {application/json: {schema: {$ref: "#/definitions/Item"}}}}
components:
  schemas:
    Item:
      type: object
      properties:
        x-amazon-thing: {type: string}
        ID: {type: integer, maximum: .5e1}
`

func TestDocumentsThatAWSTakesAreLoaded(t *testing.T) {
	file, err := source.Read("openapi.yaml", []byte(awkward))
	if err != nil {
		t.Fatal(err)
	}
	var c Contracts
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := c.load(file.Root); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	doc, err := c.load(file.Root)
	if err != nil {
		t.Fatal(err)
	}
	if doc.Extensions["x-amazon-apigateway-policy"] != nil {
		t.Error("an extension of AWS is left")
	}
	if doc.Components.Schemas["Item"].Value.Properties["x-amazon-thing"] == nil {
		t.Error("a property whose name begins like an extension is lost")
	}
	for _, tt := range []struct{ resource, method, statuses string }{
		{"/items/{proxy+}", "GET", "200"},
		{"/items/{proxy+}", "PATCH", "201"},
		{"/v1/old", "GET", "default"},
		{"/v1/old", "POST", ""},
		{"/nowhere", "GET", ""},
	} {
		op, _ := operationOf(doc, tt.resource, tt.method)
		got := ""
		if op != nil {
			got = declared(op)
		}
		if got != tt.statuses {
			t.Errorf("%s %s declares %q, want %q", tt.method, tt.resource, got, tt.statuses)
		}
	}
}

func TestADocumentThatCannotBeLoadedIsAnError(t *testing.T) {
	file, err := source.Read("openapi.yaml", []byte("openapi: 3.0.1\ninfo: {title: t, version: '1'}\npaths:\n  /a: {get: {responses: {'200': {$ref: '#/components/responses/Nope'}}}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var c Contracts
	for range 2 {
		if _, err := c.load(file.Root); err == nil || !strings.Contains(err.Error(), "Nope") {
			t.Errorf("got %v", err)
		}
	}
}

func TestPatternsOfSchemasAreECMAsNotGos(t *testing.T) {
	re, err := compilePattern("^(?=.*[0-9])[a-z0-9]+$")
	if err != nil {
		t.Fatal(err)
	}
	if !re.MatchString("abc1") || re.MatchString("abc") {
		t.Error("a look-ahead does not look ahead")
	}
	if _, err := compilePattern("("); err == nil {
		t.Error("( is taken")
	}
}
