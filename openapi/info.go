package openapi

import (
	"cmp"
	"net/url"
	"regexp"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// info gives the API its name, description and version.
func (im *importer) info() {
	info := im.root.Get("info")
	title := scalar(info.Get("title"))
	if title == "" {
		im.add(place{im.pos(cmp.Or(info, im.root)), "/info"}, Finding{
			Rule: "title-missing", Category: Advice, Evidence: Inferred,
			Message: `info.title is missing; API Gateway then names the API "Imported on" and the date`,
			Hint:    "give the document an info.title",
		})
	}
	im.api.Name = cmp.Or(title, im.api.Name, "Imported on "+im.o.ImportedOn)
	if d := scalar(info.Get("description")); d != "" || im.o.Onto == nil {
		im.api.Description = d
	}
	im.api.Version = scalar(info.Get("version"))
	im.notes.text(info.Get("title"), title)
	im.notes.text(info.Get("description"), im.api.Description)
	im.notes.text(info.Get("version"), im.api.Version)
}

// endpointConfiguration is what the import's parameters say of it; the document
// never names the type (AWS docs: x-amazon-apigateway-endpoint-configuration).
func (im *importer) endpointConfiguration() EndpointConfiguration {
	c := EndpointConfiguration{Types: im.o.EndpointConfigurationTypes, IPAddressType: "ipv4"}
	if len(c.Types) == 0 {
		c.Types = []string{"EDGE"} // case import-answer-defaults
	}
	if c.Types[0] == "PRIVATE" {
		c.IPAddressType = "dualstack" // recorded for CreateRestApi
	}
	return c
}

// checkServers reads the endpoint configuration, which OpenAPI 3 keeps in the
// first server and Swagger 2.0 at the root (AWS docs:
// x-amazon-apigateway-endpoint-configuration; case endpoint-configuration-in-server).
func (im *importer) checkServers() {
	const extension = "x-amazon-apigateway-endpoint-configuration"
	if im.swagger {
		im.readEndpointConfiguration(im.root.Get(extension), "/"+extension)
		return
	}
	servers := im.root.Get("servers")
	if servers == nil || servers.Kind != source.Array {
		return
	}
	if len(servers.Items) > 1 {
		im.add(place{servers.Pos, "/servers"}, Finding{
			Rule: "multiple-servers-ignored", Category: Dropped, Evidence: Recorded,
			Message: "only the first of several servers counts",
			Hint:    "leave one server",
			AWS:     "More than one server provided. Ignoring all but the first for defining endpoint configuration", AWSKind: AWSWarning,
		})
	}
	for i, s := range servers.Items {
		if i > 0 {
			im.notes.left(s, Recorded, "multiple-servers-ignored", "only the first of several servers counts")
		}
	}
	if len(servers.Items) > 0 {
		im.readEndpointConfiguration(servers.Items[0].Get(extension), "/servers/0/"+extension)
	}
}

func (im *importer) readEndpointConfiguration(n *source.Node, at string) {
	if n == nil {
		return
	}
	if n.Kind != source.Object {
		im.wrongKind(n, at, "an object with disableExecuteApiEndpoint and vpcEndpointIds")
		return
	}
	if im.o.Onto != nil {
		// PutRestApi never touches the endpoint configuration (AWS docs: Import an
		// OpenAPI file to update an existing API definition); that this includes
		// disableExecuteApiEndpoint is a guess.
		im.notes.left(n, Documented, "", "an import onto an API leaves its endpoint configuration as it is")
		return
	}
	for _, m := range n.Members {
		switch m.Key {
		case "disableExecuteApiEndpoint":
			im.api.DisableExecuteAPIEndpoint = truth(m.Value)
			im.notes.truth(m.Value)
		case "vpcEndpointIds":
			im.api.EndpointConfiguration.VpcEndpointIDs = list(m.Value)
			im.notes.list(m.Value)
		default:
			im.add(place{m.Pos, pointerTo(at, m.Key)}, Finding{
				Rule: "unknown-extension-property", Category: Dropped, Evidence: Documented,
				Message: quote(m.Key) + " is no property of x-amazon-apigateway-endpoint-configuration: it is ignored",
				Hint:    "the endpoint type is a parameter of the import: endpointConfigurationTypes",
			})
		}
	}
}

// wrongKind reports an extension that is not what it should be; it is left out.
func (im *importer) wrongKind(n *source.Node, at, want string) {
	name := at[strings.LastIndexByte(at, '/')+1:]
	kind := source.Null
	if n != nil {
		kind = n.Kind
	}
	im.add(place{im.pos(n), at}, Finding{
		Rule: "unreadable-extension", Category: Dropped, Evidence: Inferred,
		Message: unescapePointer(name) + " is " + article(kind.String()) + ", want " + want + ": it is left out",
	})
}

var serverVariable = regexp.MustCompile(`\{([^{}]+)\}`)

// basePath is the part of the document's address that basepath=prepend and split
// put before every path: Swagger's basePath; in OpenAPI 3 the default of a server
// variable called basePath, whether the URL uses it or not, else the path of the
// first server URL that has one (cases basepath-*; AWS docs: Set the basePath
// property).
func (im *importer) basePath() string {
	if im.swagger {
		return strings.Trim(scalar(im.root.Get("basePath")), "/")
	}
	servers := im.root.Get("servers")
	if servers == nil || servers.Kind != source.Array {
		return ""
	}
	for _, s := range servers.Items {
		if base := s.Get("variables").Get("basePath").Get("default"); base != nil {
			return strings.Trim(scalar(base), "/")
		}
	}
	for _, s := range servers.Items {
		if base := serverPath(s, ""); base != "" {
			return base
		}
	}
	return ""
}

// serverPath is the path of a server's URL with its variables filled in, all but
// one of a name.
func serverPath(s *source.Node, but string) string {
	raw := serverVariable.ReplaceAllStringFunc(scalar(s.Get("url")), func(v string) string {
		if v = v[1 : len(v)-1]; v == but {
			return ""
		}
		return scalar(s.Get("variables").Get(v).Get("default"))
	})
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return strings.Trim(u.Path, "/")
}

// basePrefix is what stands before every path: "" or "/a/b".
func (im *importer) basePrefix() string {
	base := im.basePath()
	switch im.o.Basepath {
	case "prepend":
	case "split":
		_, base, _ = strings.Cut(base, "/")
	default:
		base = ""
	}
	if base == "" {
		return ""
	}
	return "/" + base
}

// noteBasePath notes what the base path of at least one resource is made of.
func (im *importer) noteBasePath() {
	if im.notes == nil {
		return
	}
	note := func(n *source.Node) {
		im.notes.changed(n, Recorded, "its path stands before every path: basepath=", im.o.Basepath) // cases basepath-*
	}
	if im.swagger {
		note(im.root.Get("basePath"))
		return
	}
	servers := im.root.Get("servers").Items
	for _, s := range servers {
		if base := s.Get("variables").Get("basePath").Get("default"); base != nil {
			note(base)
			return
		}
	}
	for _, s := range servers {
		path := serverPath(s, "")
		if path == "" {
			continue
		}
		note(s.Get("url"))
		for _, v := range serverVariable.FindAllStringSubmatch(scalar(s.Get("url")), -1) {
			if serverPath(s, v[1]) != path {
				note(s.Get("variables").Get(v[1]).Get("default"))
			}
		}
		return
	}
}
