package openapi

import (
	"cmp"
	"slices"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// Import makes of a document the API that API Gateway would make of it. It
// never stops at the first problem: it builds what can be built, so the API is
// never nil, and the findings, sorted by place, hold all that AWS's import would
// refuse, warn about or leave out. Ask [IsRefused] whether AWS would take it.
func Import(doc *Document, o Options) (*API, []Finding) {
	im := newImporter(doc, o)
	im.run()
	SortFindings(im.findings)
	if o.FailOnWarnings {
		for i := range im.findings {
			if im.findings[i].AWSKind == AWSWarning {
				im.findings[i].Severity = Error
			}
		}
	}
	return im.api, im.findings
}

// SortFindings sorts findings by place; those of one place stay in their order.
func SortFindings(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int { return a.Pos.Compare(b.Pos) })
}

// An importer is the state of one import.
type importer struct {
	doc  *Document
	o    Options
	root *source.Node // with variables and placeholders filled in
	api  *API

	swagger  bool // Swagger 2.0
	elements []Element
	findings []Finding
	lost     bool      // an element is of something that came to nothing
	notes    *notebook // nil: nobody asked for a report

	children   map[childKey]*Resource
	variable   map[*Resource]*Resource // a parent's child that is a path variable
	claimed    map[*Method]bool        // made by this document
	survives   map[string]bool         // paths of the API that an overwrite changes
	models     map[string]*Model
	inline     map[string]*Model // by schema text
	failed     map[string]bool   // schemas that AWS makes no model of
	refused    map[string]bool   // calls that AWS says no to
	schemes    map[string]*scheme
	validators map[string]*RequestValidator
	validator  *RequestValidator         // of all methods that name none
	budget     int                       // parameters and headers that references may still repeat
	parts      map[DocumentationPart]int // where a part of that location stands
	pathBytes  int                       // lengths of all resources' paths together
	hints      int                       // names that were looked for among similar ones
	index      map[*source.Node]map[string]*source.Node
}

// repeatBudget bounds what a document grows to when many operations refer to one
// long thing.
const repeatBudget = 300_000

// A childKey finds a resource by the one above it and its own part of the path.
type childKey struct {
	parent *Resource
	part   string
}

// spend takes n from the budget, and reports whether there was enough.
func (im *importer) spend(n int, at place) bool {
	if im.budget < 0 {
		return false
	}
	if im.budget -= n; im.budget >= 0 {
		return true
	}
	im.add(at, Finding{
		Rule: "document-too-large", Category: Refused, Evidence: Inferred,
		Message: "the document grows too large when its references are followed; what comes from here on is left out",
	})
	return false
}

func newImporter(doc *Document, o Options) *importer {
	im := &importer{
		doc: doc, o: o.withDefaults(), root: doc.Root,
		children: map[childKey]*Resource{},
		variable: map[*Resource]*Resource{},
		claimed:  map[*Method]bool{},
		models:   map[string]*Model{}, inline: map[string]*Model{}, failed: map[string]bool{},
		refused:    map[string]bool{},
		schemes:    map[string]*scheme{},
		validators: map[string]*RequestValidator{},
		index:      map[*source.Node]map[string]*source.Node{},
		budget:     repeatBudget,
	}
	im.root = im.fill(doc.Root)
	im.startAPI()
	return im
}

// run goes through the document in the order in which AWS prints what it finds:
// what the parser of the document says, then models, then the paths (recorded:
// models before methods, cases import-text-external-ref-canonical-form and
// import-text-model-unsatisfied-reference).
func (im *importer) run() {
	im.checkOptions()
	im.checkTooling()
	im.checkSize()
	im.duplicateKeys()
	if im.doc.absent || !im.checkVersion() {
		im.finish()
		return
	}
	im.recogniseOtherKinds()
	im.parseIssues()
	im.info()
	im.checkServers()
	im.rootExtensions()
	im.securitySchemes()
	im.schemas()
	im.paths()
	im.gatewayResponses()
	im.documentation()
	im.extensionPlaces()
	im.finish()
}

// startAPI makes the API that the document is imported into: an empty one, or a
// copy of the one to change.
func (im *importer) startAPI() {
	id := im.o.APIID
	if old := im.o.Onto; old != nil {
		if id == "" {
			id = old.ID
		}
		im.api = im.copyAPI(old, im.o.Mode == "overwrite")
		im.api.ID = id
		return
	}
	if id == "" {
		id = NewID("restapi", cmp.Or(im.o.APIName, scalar(im.root.Get("info").Get("title"))))
	}
	im.api = &API{ID: id, APIKeySource: "HEADER", EndpointConfiguration: im.endpointConfiguration()}
	root := &Resource{ID: NewID(id, "/"), Path: "/", Pos: im.pos(im.root.Get("paths"))}
	im.api.Root = root
}

func (im *importer) finish() {
	if im.o.Onto != nil {
		im.relink()
	}
	if im.o.Onto != nil || im.lost {
		im.renumber()
	}
	im.api.Elements = im.elements
}

// element numbers a part of the document that a run can cover.
func (im *importer) element(kind, name, pointer string, pos source.Pos) int {
	im.elements = append(im.elements, Element{Kind: kind, Pointer: pointer, Name: name, Pos: pos})
	return len(im.elements) - 1
}
