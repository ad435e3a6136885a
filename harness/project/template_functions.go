package project

import (
	"path"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/iac"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// functions takes the functions of a template that can run here and that
// rehearse.yaml doesn't have.
func (f *filler) functions() {
	var names []string
	left := map[string][]*iac.Resource{} // by why
	var whys []string
	for _, res := range f.template.Resources {
		if res.Type != "AWS::Lambda::Function" && res.Type != "AWS::Serverless::Function" {
			continue
		}
		if f.root.Get("functions").Get(res.LogicalID) != nil {
			continue
		}
		p := f.template.Properties(res)
		n, why := f.function(res, p)
		if why != "" {
			if left[why] == nil {
				whys = append(whys, why)
			}
			left[why] = append(left[why], res)
			continue
		}
		if !f.add("functions", res.LogicalID, res.Pos, n) {
			continue
		}
		names = append(names, res.LogicalID)
		// A document may call it by the name it is deployed with.
		if name := textOf(p.Get("FunctionName")); name != res.LogicalID && functionNames.fits(name) {
			f.add("functions", name, res.Pos, n)
		}
	}
	for _, why := range whys {
		f.leaveFunctions(left[why], why)
	}
	if names != nil {
		f.taken = append(f.taken, counted("function", names))
	}
}

// leaveFunctions notes functions that are left out for one reason.
func (f *filler) leaveFunctions(left []*iac.Resource, why string) {
	var names []string
	for _, res := range left {
		names = append(names, res.LogicalID)
	}
	noun, are := "function ", " is"
	if len(names) > 1 {
		noun, are = "functions ", " are"
	}
	hint := "say in functions of rehearse.yaml what stands in for it, or use --stub"
	if why == notBuilt {
		hint = "run sam build, whose .aws-sam/build is used"
	}
	f.leave(left[0].Pos, hint, "the %s not taken from the template: %s", noun+listed(names)+are, why)
}

// notBuilt is why a function whose code is made by a build can't run.
const notBuilt = "the code is yet to be built"

// function is a function in rehearse.yaml's words, or why it can't run here.
func (f *filler) function(res *iac.Resource, p *source.Node) (n *source.Node, why string) {
	runtime := textOf(p.Get("Runtime"))
	switch {
	case textOf(p.Get("PackageType")) == "Image":
		return nil, "container images don't run here"
	case runtime == "":
		return nil, "it doesn't say a runtime"
	case !functionShape.field("runtime").shape.rule.fits(runtime):
		return nil, "rehearse doesn't run " + runtime
	}
	n = renamed(&source.Node{Kind: source.Object, Pos: res.Pos, Members: slices.DeleteFunc(slices.Clone(p.Members), func(m source.Member) bool {
		return !slices.Contains([]string{"Runtime", "Handler", "Timeout", "MemorySize", "ReservedConcurrentExecutions"}, m.Key)
	})}, functionShape)
	code, why := f.code(res, p)
	if why != "" {
		return nil, why
	}
	n.Members = append(n.Members, code)
	if variables := p.Get("Environment").Get("Variables"); variables != nil && variables.Kind == source.Object {
		n = withMember(n, "environment", variables.Pos, mappingOf(variables.Pos, source.Member{Key: "variables", Pos: variables.Pos, Value: spelledOut(variables)}))
	}
	if layers := f.layers(res); layers != nil {
		n = withMember(n, "layers", res.Pos, &source.Node{Kind: source.Array, Pos: res.Pos, Items: layers})
	}
	return f.versions(res, p, n), ""
}

// code is where the code of a function is: path or code of rehearse.yaml.
func (f *filler) code(res *iac.Resource, p *source.Node) (source.Member, string) {
	inline := p.Get("InlineCode")
	if inline == nil {
		inline = p.Get("Code").Get("ZipFile")
	}
	if inline != nil {
		return source.Member{Key: "code", Pos: inline.Pos, Value: inline}, ""
	}
	at := p.Get("CodeUri")
	if at == nil {
		at = p.Get("Code")
	}
	location, pos := textOf(at), res.Pos
	if at != nil {
		pos = at.Pos
	}
	if asset := res.Metadata("aws:asset:path"); asset != "" {
		location = asset
	}
	method := res.Metadata("BuildMethod")
	if built := ".aws-sam/build/" + res.LogicalID; method != "" && f.isFolder(built) {
		location = built
	} else if method != "" && !strings.HasPrefix(method, "python") && !strings.HasPrefix(method, "nodejs") {
		return source.Member{}, notBuilt // esbuild, makefile, rust-cargolambda
	}
	switch {
	case location == "" && at == nil && res.Type == "AWS::Serverless::Function":
		location = "."
	case location == "" || strings.Contains(location, "://"):
		return source.Member{}, "the code is in a bucket"
	}
	if !f.isFolder(location) {
		return source.Member{}, "the code is no folder here: " + f.files.show(path.Join(f.dir, location))
	}
	return source.Member{Key: "path", Pos: pos, Value: word(path.Join(f.dir, location), pos)}, ""
}

func (f *filler) isFolder(location string) bool {
	info, err := f.files.stat(path.Join(f.dir, location))
	return err == nil && info.IsDir()
}

// layers are the folders of a function's layers that are here.
func (f *filler) layers(res *iac.Resource) []*source.Node {
	var folders []*source.Node
	for _, id := range f.template.Targets(res, "Layers", "") {
		layer := f.template.Resource(id)
		if layer == nil {
			continue
		}
		p := f.template.Properties(layer)
		location := layer.Metadata("aws:asset:path")
		for _, property := range []string{"ContentUri", "Content"} {
			if location == "" {
				location = textOf(p.Get(property))
			}
		}
		if location != "" && f.isFolder(location) {
			folders = append(folders, word(path.Join(f.dir, location), layer.Pos))
		}
	}
	return folders
}

// versions adds the versions and aliases of a function: SAM publishes one for
// AutoPublishAlias, and all code is that of the template.
func (f *filler) versions(res *iac.Resource, p, n *source.Node) *source.Node {
	versions, aliases := mappingOf(res.Pos), mappingOf(res.Pos)
	publish := func(number string) {
		if versionNames.fits(number) && versions.Get(number) == nil {
			versions.Members = append(versions.Members, source.Member{Key: number, Pos: res.Pos, Value: mappingOf(res.Pos)})
		}
	}
	alias := func(name string, pos source.Pos, to *source.Node) {
		if name != "" && aliases.Get(name) == nil {
			aliases.Members = append(aliases.Members, source.Member{Key: name, Pos: pos, Value: to})
		}
	}
	if name := p.Get("AutoPublishAlias"); name != nil {
		publish("1")
		alias(textOf(name), name.Pos, word("1", name.Pos))
	}
	for _, other := range f.template.Resources {
		if (other.Type != "AWS::Lambda::Version" && other.Type != "AWS::Lambda::Alias") || f.template.FunctionOf(other) != res.LogicalID {
			continue
		}
		op := f.template.Properties(other)
		if other.Type == "AWS::Lambda::Version" {
			publish(f.template.VersionNumber(other))
			continue
		}
		version := textOf(op.Get("FunctionVersion"))
		if version != "$LATEST" {
			publish(version)
		}
		to := word(version, other.Pos)
		if weights := items(op.Get("RoutingConfig").Get("AdditionalVersionWeights")); weights != nil {
			shares := mappingOf(other.Pos)
			for _, w := range weights {
				of := textOf(w.Get("FunctionVersion"))
				publish(of)
				if share := w.Get("FunctionWeight"); share != nil {
					shares.Members = append(shares.Members, source.Member{Key: of, Pos: w.Pos, Value: typed(share, number)})
				}
			}
			to = mappingOf(other.Pos, source.Member{Key: "version", Pos: other.Pos, Value: to}, source.Member{Key: "weights", Pos: other.Pos, Value: shares})
		}
		alias(textOf(op.Get("Name")), other.Pos, to)
	}
	if versions.Members != nil {
		n = withMember(n, "versions", res.Pos, versions)
	}
	if aliases.Members != nil {
		n = withMember(n, "aliases", res.Pos, aliases)
	}
	return n
}
