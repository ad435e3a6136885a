package policy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// Parse reads a policy document from JSON. The error says everything that is
// wrong, in the words of the policy.
func Parse(text string) (*Document, error) {
	v, err := ordered.ParseString(text)
	if err != nil {
		return nil, fmt.Errorf("the policy is not JSON: %w", err)
	}
	return ParseValue(v)
}

// ParseValue reads a policy document from a JSON value, such as policyDocument
// of an authorizer's result. A document that comes as a string of JSON is read
// too.
//
// Where AWS is lenient this is: one statement may stand without its list, one
// action, resource or value too; names of condition operators and of actions
// have any case; Sid, Id and Version may be missing. Where AWS is strict this
// is: names of members have their one spelling, and others are refused (AWS
// answered 500 to a Statement with another casing).
func ParseValue(v any) (*Document, error) {
	if s, ok := v.(string); ok {
		return Parse(s)
	}
	o, ok := v.(*ordered.Object)
	if !ok {
		return nil, fmt.Errorf("the policy is %s, want an object", ordered.KindName(v))
	}
	var errs []error
	var statements []any
	found := false
	for name, value := range o.All() {
		switch name {
		case "Version":
			if s, ok := value.(string); !ok || s != "2012-10-17" && s != "2008-10-17" {
				errs = append(errs, fmt.Errorf("the Version is %s, want \"2012-10-17\"", show(value)))
			}
		case "Id":
			if _, ok := value.(string); !ok {
				errs = append(errs, fmt.Errorf("the Id is %s, want a string", ordered.KindName(value)))
			}
		case "Statement":
			found = true
			switch value := value.(type) {
			case *ordered.Object:
				statements = []any{value}
			case *ordered.Array:
				statements = value.Items
			default:
				errs = append(errs, fmt.Errorf("the Statement is %s, want a list", ordered.KindName(value)))
			}
		default:
			errs = append(errs, fmt.Errorf("the policy has %q, which is none of Version, Id, Statement", name))
		}
	}
	if !found {
		errs = append(errs, errors.New("the policy has no Statement"))
	}
	d := &Document{}
	for i, v := range statements {
		s, err := parseStatement(v)
		if err != nil {
			errs = append(errs, fmt.Errorf("in Statement[%d]: %w", i, err))
			continue
		}
		d.statements = append(d.statements, s)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return d, nil
}

func parseStatement(v any) (statement, error) {
	var s statement
	o, ok := v.(*ordered.Object)
	if !ok {
		return s, fmt.Errorf("it is %s, want an object", ordered.KindName(v))
	}
	var errs []error
	var hasEffect bool
	var actions, resources, principals int
	for name, value := range o.All() {
		var err error
		switch name {
		case "Sid":
			if _, ok := value.(string); !ok {
				err = fmt.Errorf("the Sid is %s, want a string", ordered.KindName(value))
			}
		case "Effect":
			hasEffect = true
			switch value {
			case "Allow":
			case "Deny":
				s.deny = true
			default:
				err = fmt.Errorf("the Effect is %s, want \"Allow\" or \"Deny\"", show(value))
			}
		case "Action", "NotAction":
			actions++
			s.notActions = name == "NotAction"
			if s.actions, err = stringList(name, value); err == nil {
				for i, a := range s.actions {
					s.actions[i] = strings.ToLower(a)
				}
			}
		case "Resource", "NotResource":
			resources++
			s.notResources = name == "NotResource"
			s.resources, err = stringList(name, value)
		case "Principal", "NotPrincipal":
			principals++
			s.notPrincipal = name == "NotPrincipal"
			s.principals, err = parsePrincipal(name, value)
		case "Condition":
			s.conditions, err = parseConditions(value)
		default:
			err = fmt.Errorf("it has %q, which no statement has", name)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	if !hasEffect {
		errs = append(errs, errors.New("it has no Effect"))
	}
	errs = append(errs, exactlyOne("Action", actions), exactlyOne("Resource", resources))
	if principals > 1 {
		errs = append(errs, errors.New("it has both Principal and NotPrincipal"))
	}
	return s, errors.Join(errs...)
}

func exactlyOne(name string, n int) error {
	switch n {
	case 0:
		return fmt.Errorf("it has no %s", name)
	case 1:
		return nil
	}
	return fmt.Errorf("it has both %s and Not%s", name, name)
}

// stringList reads one string or a list of them.
func stringList(name string, v any) ([]string, error) {
	switch v := v.(type) {
	case string:
		return []string{v}, nil
	case *ordered.Array:
		list := make([]string, 0, len(v.Items))
		for _, item := range v.Items {
			s, ok := item.(string)
			if !ok {
				return nil, fmt.Errorf("%s has %s in its list, want strings", name, ordered.KindName(item))
			}
			list = append(list, s)
		}
		return list, nil
	}
	return nil, fmt.Errorf("%s is %s, want a string or a list of strings", name, ordered.KindName(v))
}

// parsePrincipal reads "*" or {"AWS": ..., "Service": ..., "Federated": ...}.
func parsePrincipal(name string, v any) ([]string, error) {
	if v == "*" {
		return []string{"*"}, nil
	}
	o, ok := v.(*ordered.Object)
	if !ok {
		return nil, fmt.Errorf("%s is %s, want \"*\" or an object", name, show(v))
	}
	all := []string{}
	for kind, v := range o.All() {
		switch kind {
		case "AWS", "Service", "Federated", "CanonicalUser":
		default:
			return nil, fmt.Errorf("%s has %q, which is none of AWS, Service, Federated, CanonicalUser", name, kind)
		}
		list, err := stringList(name+"."+kind, v)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// show is a short value as it was written.
func show(v any) string {
	switch v.(type) {
	case *ordered.Object, *ordered.Array:
		return ordered.KindName(v)
	}
	return string(ordered.AppendSpelled(nil, v))
}
