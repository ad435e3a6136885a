package openapi

import "slices"

// copyAPI makes the API that PutRestApi starts from: of a merge a copy of old,
// of an overwrite what survives one. The old API stays as it is: others run it.
//
// Endpoint configuration, ids of the root and of resources whose path survives
// stay in both modes (recorded).
func (im *importer) copyAPI(old *API, overwrite bool) *API {
	api := *old
	api.Elements = nil
	root := *old.Root
	root.Children, root.Methods, root.Parent = nil, nil, nil
	api.Root = &root
	if overwrite {
		im.survives = map[string]bool{}
		for r := range old.AllResources() {
			im.survives[r.Path] = true
		}
		api.Policy, api.APIKeySource, api.MinimumCompressionSize = "", "HEADER", nil
		api.Models, api.Authorizers, api.RequestValidators, api.GatewayResponses, api.DocumentationParts = nil, nil, nil, nil, nil
		return &api
	}
	api.Models = slices.Clone(old.Models)
	api.RequestValidators = slices.Clone(old.RequestValidators)
	api.DocumentationParts = slices.Clone(old.DocumentationParts)
	api.Authorizers = make([]*Authorizer, len(old.Authorizers))
	for i, a := range old.Authorizers {
		c := *a
		c.Element = im.keep(old, a.Element)
		api.Authorizers[i] = &c
	}
	api.GatewayResponses = make([]*GatewayResponse, len(old.GatewayResponses))
	for i, g := range old.GatewayResponses {
		c := *g
		c.Element = im.keep(old, g.Element)
		api.GatewayResponses[i] = &c
	}
	im.copyMethods(old, old.Root, &root)
	im.copyChildren(old, old.Root, &root)
	return &api
}

func (im *importer) copyChildren(old *API, from, to *Resource) {
	for _, child := range from.Children {
		c := *child
		c.Parent, c.Children, c.Methods = to, nil, nil
		to.Children = append(to.Children, &c)
		im.children[childKey{to, c.PathPart}] = &c
		if c.PathPart[0] == '{' {
			im.variable[to] = &c
		}
		im.copyMethods(old, child, &c)
		im.copyChildren(old, child, &c)
	}
}

// copyMethods copies the methods of a resource with everything below them that
// has a number, since the numbers are new.
func (im *importer) copyMethods(old *API, from, to *Resource) {
	for _, m := range from.Methods {
		c := *m
		c.Resource = to
		c.Element = im.keep(old, m.Element)
		c.Responses = make([]*MethodResponse, len(m.Responses))
		for i, r := range m.Responses {
			copied := *r
			copied.Element = im.keep(old, r.Element)
			c.Responses[i] = &copied
		}
		if m.Integration != nil {
			c.Integration = im.copyIntegration(old, m.Integration)
		}
		to.Methods = append(to.Methods, &c)
	}
}

func (im *importer) copyIntegration(old *API, i *Integration) *Integration {
	c := *i
	c.RequestTemplates = im.copyTemplates(old, i.RequestTemplates)
	c.Responses = make([]*IntegrationResponse, len(i.Responses))
	for j, r := range i.Responses {
		copied := *r
		copied.Element = im.keep(old, r.Element)
		copied.ResponseTemplates = im.copyTemplates(old, r.ResponseTemplates)
		c.Responses[j] = &copied
	}
	return &c
}

func (im *importer) copyTemplates(old *API, templates []*Template) []*Template {
	copied := make([]*Template, len(templates))
	for i, t := range templates {
		c := *t
		c.Element = im.keep(old, t.Element)
		copied[i] = &c
	}
	return copied
}

// keep gives an element of the old API a number in the new one.
func (im *importer) keep(old *API, element int) int {
	if element < 0 || element >= len(old.Elements) {
		return -1
	}
	im.elements = append(im.elements, old.Elements[element])
	return len(im.elements) - 1
}

// relink lets methods that a merge kept use the validators and authorizers of
// the new document where it has some of the same name.
func (im *importer) relink() {
	for m := range im.api.AllMethods() {
		if im.claimed[m] {
			continue
		}
		if v := m.RequestValidator; v != nil {
			m.RequestValidator = im.validators[v.Name]
		}
		if a := m.Authorizer; a != nil {
			if i := slices.IndexFunc(im.api.Authorizers, func(b *Authorizer) bool { return b.Name == a.Name }); i >= 0 {
				m.Authorizer = im.api.Authorizers[i]
			}
		}
	}
}

// renumber leaves out the elements of methods and responses that were replaced.
func (im *importer) renumber() {
	all := im.elements
	im.elements = nil
	move := func(element *int) {
		if *element >= 0 {
			im.elements = append(im.elements, all[*element])
			*element = len(im.elements) - 1
		}
	}
	moveTemplates := func(templates []*Template) {
		for _, t := range templates {
			move(&t.Element)
		}
	}
	for _, a := range im.api.Authorizers {
		move(&a.Element)
	}
	for m := range im.api.AllMethods() {
		move(&m.Element)
		for _, r := range m.Responses {
			move(&r.Element)
		}
		if m.Integration == nil {
			continue
		}
		moveTemplates(m.Integration.RequestTemplates)
		for _, r := range m.Integration.Responses {
			move(&r.Element)
			moveTemplates(r.ResponseTemplates)
		}
	}
	for _, g := range im.api.GatewayResponses {
		move(&g.Element)
	}
}
