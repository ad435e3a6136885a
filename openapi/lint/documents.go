package lint

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// nearLimit is where a document comes near the 6 MB that an import takes [AWS
// docs: Amazon API Gateway quotas and important notes].
const nearLimit = 5 << 20

var documentRules = []*Rule{
	{
		ID: "document-near-size-limit", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Documented,
		Source: "AWS docs: Amazon API Gateway quotas and important notes",
		Doc: `a document is larger than 5 MB, and an import takes 6

Move descriptions and examples elsewhere, or split the API.`,
		Check: func(p *Pass) {
			if n := p.Document.Size; n > nearLimit && n <= 6<<20 {
				p.Report(p.Document.Root.Pos, "", "", "the document has %.1f MB, and an import takes 6", float64(n)/(1<<20))
			}
		},
	},
	{
		ID: "no-methods", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Inferred,
		Source: "AWS API: CreateDeployment",
		Doc: `a document has no operation at all

It imports. The deployment then fails: The REST API doesn't contain any methods.`,
		Check: func(p *Pass) {
			if paths := p.Document.Root.Get("paths"); paths != nil && len(p.operations()) == 0 && !hasReferences(paths) {
				p.Report(paths.Pos, "/paths", "add an operation", "the document has no operation: the API can't be deployed")
			}
		},
	},
	{
		ID: "description-empty-string", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Recorded,
		Source: "recorded for CreateRestApi; AWS API: CreateRestApi",
		Doc: `info.description is the empty string

CreateRestApi refuses it: Description cannot be an empty string. Whether the
import does is not recorded. Leave the description out.`,
		Check: func(p *Pass) {
			if d := p.Document.Root.Get("info").Get("description"); d != nil && d.Kind == source.String && d.Value == "" {
				p.Report(d.Pos, "/info/description", "leave it out", "info.description is empty")
			}
		},
	},
	{
		ID: "servers-path-ignored", Category: openapi.Dropped, Severity: openapi.Info, Evidence: openapi.Recorded,
		Source: "case basepath-ignore-default; AWS docs: Set the OpenAPI basePath property",
		Doc: `the server's URL has a path, and the import ignores it

Clients that follow the document call /v1/items, and the API has /items. Import
with basepath=prepend, or let a custom domain's base path mapping add it. In an
export of API Gateway's own the path is the stage, and nothing is said.`,
		Check: func(p *Pass) {
			if p.Around.Basepath != "" && p.Around.Basepath != "ignore" {
				return
			}
			if n, base, at := p.basePath(); base != "" {
				p.Report(n.Pos, at, "import with basepath=prepend if the paths should begin with "+base, "the path %s of the document's address is ignored: the API's paths don't begin with it", base)
			}
		},
	},
	{
		ID: "response-ref-root-unsupported", Category: openapi.Dropped, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Amazon API Gateway important notes for REST APIs",
		Doc: `a Swagger 2.0 operation refers to one of the document's responses

AWS's notes list #/responses/NAME among what API Gateway doesn't support. Write
the response into the operation.`,
		Check: func(p *Pass) {
			if !p.swagger() {
				return
			}
			for m := range p.API.AllMethods() {
				for _, r := range members(p.operation(m).Get("responses")) {
					if ref := r.Value.Get("$ref"); ref != nil && strings.HasPrefix(ref.Value, "#/responses/") {
						p.Report(ref.Pos, m.Pointer+"/responses/"+escape(r.Key)+"/$ref", "write the response out", "%s: the response %s is a reference, which API Gateway doesn't follow in Swagger 2.0", name(m), r.Key)
					}
				}
			}
		},
	},
}

func hasReferences(paths *source.Node) bool {
	for _, path := range members(paths) {
		if path.Value.Get("$ref") != nil {
			return true
		}
	}
	return false
}

var serverVariable = regexp.MustCompile(`\{([^{}]+)\}`)

// basePath is the path in the document's address: the node that says so, the
// path, and the node's pointer. Addresses of API Gateway's own have none: what
// stands there is the stage.
func (p *Pass) basePath() (*source.Node, string, string) {
	if p.swagger() {
		n := p.Document.Root.Get("basePath")
		base := strings.Trim(text(n), "/")
		if base == "" || strings.Contains(text(p.Document.Root.Get("host")), "execute-api") {
			return nil, "", ""
		}
		return n, "/" + base, "/basePath"
	}
	servers := items(p.Document.Root.Get("servers"))
	if len(servers) == 0 {
		return nil, "", ""
	}
	s := servers[0]
	raw := serverVariable.ReplaceAllStringFunc(text(s.Get("url")), func(v string) string {
		return text(s.Get("variables").Get(v[1 : len(v)-1]).Get("default"))
	})
	u, err := url.Parse(raw)
	if err != nil || strings.Contains(raw, "execute-api") || strings.Contains(raw, "${") {
		return nil, "", ""
	}
	base := strings.Trim(u.Path, "/")
	if base == "" {
		return nil, "", ""
	}
	return s.Get("url"), "/" + base, "/servers/0/url"
}
