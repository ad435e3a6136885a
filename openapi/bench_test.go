package openapi

import (
	"fmt"
	"strings"
	"testing"
)

// largeDocument is a document as generators write them: operations methods over
// half as many paths, each with parameters, a model, mappings, templates and
// descriptions. 1,200 operations are 2.3 MB.
func largeDocument(operations int) string {
	var b strings.Builder
	b.WriteString("openapi: 3.0.1\ninfo:\n  title: large\n  version: '1'\nsecurity:\n- key: []\npaths:\n")
	for i := 0; i < operations; i += 2 {
		path := fmt.Sprintf("/area%d/items%d", i%40, i)
		writeOperation(&b, path, "get", i, "")
		writeOperation(&b, path+"/{id}", "put", i+1, "      - name: id\n        in: path\n        required: true\n        schema:\n          type: string\n")
	}
	b.WriteString("components:\n  securitySchemes:\n    key:\n      type: apiKey\n      name: x-api-key\n      in: header\n  schemas:\n")
	for i := range operations {
		fmt.Fprintf(&b, "    Item%d:\n      type: object\n      required:\n      - id\n      properties:\n        id:\n          type: string\n        price:\n          type: number\n          minimum: 0\n        parent:\n          $ref: '#/components/schemas/Item%d'\n",
			i, (i+1)%operations)
	}
	return b.String()
}

func writeOperation(b *strings.Builder, path, verb string, i int, parameters string) {
	fmt.Fprintf(b, "  %s:\n    %s:\n      operationId: op%d\n      summary: The operation number %d of a large document\n      description: %s\n",
		path, verb, i, i, strings.Repeat("what it does in many words ", 2))
	b.WriteString("      parameters:\n      - name: size\n        in: query\n        schema:\n          type: integer\n" + parameters)
	fmt.Fprintf(b, "      requestBody:\n        content:\n          application/json:\n            schema:\n              $ref: '#/components/schemas/Item%d'\n", i)
	b.WriteString("      responses:\n        '200':\n          description: ok\n          headers:\n            Access-Control-Allow-Origin:\n              schema:\n                type: string\n        '404':\n          description: none\n")
	b.WriteString(`      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:items:${stageVariables.alias}/invocations
        passthroughBehavior: when_no_templates
        requestParameters:
          integration.request.header.X-Size: method.request.querystring.size
        requestTemplates:
          application/json: |
            #set($size = $input.params('size'))
            {"size": "$size", "body": $input.json('$')}
        responses:
          default:
            statusCode: '200'
            responseParameters:
              method.response.header.Access-Control-Allow-Origin: "'*'"
            responseTemplates:
              application/json: |
                #set($root = $input.path('$'))
                [#foreach($e in $root.items){"id": "$e.id"}#if($foreach.hasNext),#end#end]
          .*NotFound.*:
            statusCode: '404'
`)
}

func BenchmarkImport(b *testing.B) {
	for _, operations := range []int{150, 1200} {
		text := []byte(largeDocument(operations))
		b.Run(fmt.Sprintf("%d operations", operations), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				doc, err := LoadBytes("large.yaml", text)
				if err != nil {
					b.Fatal(err)
				}
				if _, findings := Import(doc, Options{}); len(findings) > 0 {
					b.Fatal(findings[0])
				}
			}
		})
	}
}

// BenchmarkImportParsed is the import without the reading of the file.
func BenchmarkImportParsed(b *testing.B) {
	doc, err := LoadBytes("large.yaml", []byte(largeDocument(1200)))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		Import(doc, Options{})
	}
}
