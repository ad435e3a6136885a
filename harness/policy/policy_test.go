package policy

import (
	"strings"
	"testing"
)

const getItems = "arn:aws:execute-api:us-east-1:123456789012:abcdefghij/dev/GET/items/7"

func TestEvaluate(t *testing.T) {
	tests := []struct {
		name      string
		policy    string
		request   Request
		want      Effect
		statement int
	}{
		{
			name:   "an allow for the ARN itself",
			policy: `{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"` + getItems + `"}]}`,
			want:   Allow, statement: 0,
		},
		{
			name:   "silence about the resource is an implicit deny",
			policy: `{"Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"arn:aws:execute-api:us-east-1:123456789012:abcdefghij/dev/POST/items/7"}]}`,
			want:   ImplicitDeny, statement: -1,
		},
		{
			name: "a deny wins over an allow that stands before it",
			policy: `{"Statement":[{"Action":"*","Effect":"Allow","Resource":"*"},
				{"Action":"execute-api:*","Effect":"Deny","Resource":"arn:aws:execute-api:*:*:*/dev/GET/items/*"}]}`,
			want: ExplicitDeny, statement: 1,
		},
		{
			name:   "one statement may stand without its list",
			policy: `{"Statement":{"Action":["execute-api:Invoke"],"Effect":"Allow","Resource":["x","*"]}}`,
			want:   Allow, statement: 0,
		},
		{
			name:   "a document may come as a string",
			policy: `"{\"Statement\":{\"Action\":\"execute-api:Invoke\",\"Effect\":\"Allow\",\"Resource\":\"*\"}}"`,
			want:   Allow, statement: 0,
		},
		{
			name:   "names of actions have any case",
			policy: `{"Statement":{"Action":"Execute-API:invoke","Effect":"Allow","Resource":"*"}}`,
			want:   Allow, statement: 0,
		},
		{
			name:   "NotAction means all others",
			policy: `{"Statement":{"NotAction":"execute-api:InvalidateCache","Effect":"Allow","Resource":"*"}}`,
			want:   Allow, statement: 0,
		},
		{
			name:   "NotAction does not mean its own",
			policy: `{"Statement":{"NotAction":["s3:*","execute-api:Inv*"],"Effect":"Allow","Resource":"*"}}`,
			want:   ImplicitDeny, statement: -1,
		},
		{
			name:   "NotResource means all others",
			policy: `{"Statement":{"Action":"*","Effect":"Deny","NotResource":"arn:aws:execute-api:*:*:*/prod/*"}}`,
			want:   ExplicitDeny, statement: 0,
		},
		{
			name:   "a question mark is one character",
			policy: `{"Statement":{"Action":"*","Effect":"Allow","Resource":"arn:aws:execute-api:us-east-?:123456789012:*/dev/GET/items/?"}}`,
			want:   Allow, statement: 0,
		},
		{
			name:   "a star reaches over slashes",
			policy: `{"Statement":{"Action":"*","Effect":"Allow","Resource":"arn:aws:execute-api:*:*:abcdefghij/*"}}`,
			want:   Allow, statement: 0,
		},
		{
			name:   "a resource without the rest of its path means only itself",
			policy: `{"Statement":{"Action":"*","Effect":"Allow","Resource":"arn:aws:execute-api:us-east-1:123456789012:abcdefghij/dev"}}`,
			want:   ImplicitDeny, statement: -1,
		},
		{
			name:   "the short form of a resource means this API",
			policy: `{"Statement":{"Action":"*","Effect":"Allow","Principal":"*","Resource":"execute-api:/*/GET/*"}}`,
			want:   Allow, statement: 0,
		},
		{
			name:   "the short form for another method says nothing", // case resource-policy-silent-about-a-method-refuses-it
			policy: `{"Statement":{"Action":"*","Effect":"Allow","Principal":"*","Resource":["execute-api:/*/POST/*"]}}`,
			want:   ImplicitDeny, statement: -1,
		},
		{
			name:   "everybody is an anonymous caller too",
			policy: `{"Statement":{"Action":"*","Effect":"Allow","Principal":{"AWS":"*"},"Resource":"*"}}`,
			want:   Allow, statement: 0,
		},
		{
			name:   "an account is not an anonymous caller",
			policy: `{"Statement":{"Action":"*","Effect":"Allow","Principal":{"AWS":"123456789012"},"Resource":"*"}}`,
			want:   ImplicitDeny, statement: -1,
		},
		{
			name:    "an account means its roles",
			policy:  `{"Statement":{"Action":"*","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::123456789012:root"]},"Resource":"*"}}`,
			request: Request{Principal: "arn:aws:sts::123456789012:assumed-role/Tester/me"},
			want:    Allow, statement: 0,
		},
		{
			name:    "a role means its sessions",
			policy:  `{"Statement":{"Action":"*","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::123456789012:role/team/Tester"},"Resource":"*"}}`,
			request: Request{Principal: "arn:aws:sts::123456789012:assumed-role/Tester/me"},
			want:    ExplicitDeny, statement: 0,
		},
		{
			name:    "NotPrincipal spares whom it names",
			policy:  `{"Statement":{"Action":"*","Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/me"},"Resource":"*"}}`,
			request: Request{Principal: "arn:aws:iam::123456789012:user/me"},
			want:    ImplicitDeny, statement: -1,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse(tt.policy)
			if err != nil {
				t.Fatal(err)
			}
			tt.request.Action, tt.request.Resource = "execute-api:Invoke", getItems
			if got, at := d.Evaluate(&tt.request); got != tt.want || at != tt.statement {
				t.Errorf("Evaluate = %v by statement %d, want %v by %d", got, at, tt.want, tt.statement)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	context := map[string][]string{
		"aws:sourceip":        {"203.0.113.9"},
		"aws:useragent":       {"curl/8.9.1"},
		"aws:username":        {"ada"},
		"aws:currenttime":     {"2026-01-02T03:04:05Z"},
		"aws:epochtime":       {"1767323045"},
		"aws:securetransport": {"true"},
		"aws:sourcearn":       {"arn:aws:sns:us-east-1:123456789012:topic"},
		"aws:tagkeys":         {"team", "cost"},
		"aws:star":            {"a*"},
	}
	tests := []struct {
		name, condition string
		want            bool
	}{
		{"an address in a range", `{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.0/24"]}}`, true},
		{"an address alone", `{"IpAddress":{"aws:SourceIp":"203.0.113.9"}}`, true},
		{"another address", `{"IpAddress":{"aws:SourceIp":["240.240.240.240"]}}`, false}, // case resource-policy-other-address-is-refused
		{"a range with bits below its mask", `{"IpAddress":{"aws:SourceIp":"203.0.113.77/24"}}`, true},
		{"NotIpAddress of several is none of them", `{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.0/24"]}}`, false},
		{"NotIpAddress of others", `{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","192.0.2.0/24"]}}`, true},
		{"an IPv6 range has no IPv4 address", `{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}`, false},
		{"operators and keys in any case", `{"stringequals":{"AWS:USERNAME":"ada"}}`, true},
		{"StringEquals knows no wildcards", `{"StringEquals":{"aws:username":"a*"}}`, false},
		{"StringEquals and letters of another case", `{"StringEquals":{"aws:username":"Ada"}}`, false},
		{"StringEqualsIgnoreCase", `{"StringEqualsIgnoreCase":{"aws:username":"ADA"}}`, true},
		{"StringLike", `{"StringLike":{"aws:UserAgent":"curl/*"}}`, true},
		{"StringNotLike", `{"StringNotLike":{"aws:UserAgent":"curl/?.9.*"}}`, false},
		{"StringNotEquals of several", `{"StringNotEquals":{"aws:username":["bob","ada"]}}`, false},
		{"all operators have to hold", `{"StringLike":{"aws:UserAgent":"curl/*"},"Bool":{"aws:SecureTransport":"false"}}`, false},
		{"all keys have to hold", `{"StringLike":{"aws:UserAgent":"curl/*","aws:username":"a?a"}}`, true},
		{"Bool may be written as one", `{"Bool":{"aws:SecureTransport":true}}`, true},
		{"a number against a text of one", `{"NumericLessThan":{"aws:EpochTime":1767323046}}`, true},
		{"numbers are compared by value", `{"NumericEquals":{"aws:EpochTime":"1767323045.0"}}`, true},
		{"NumericGreaterThanEquals", `{"NumericGreaterThanEquals":{"aws:EpochTime":"1767323046"}}`, false},
		{"DateLessThan", `{"DateLessThan":{"aws:CurrentTime":"2026-01-03T00:00:00Z"}}`, true},
		{"DateGreaterThan with another zone", `{"DateGreaterThan":{"aws:CurrentTime":"2026-01-02T05:04:05+02:00"}}`, false},
		{"a date may be seconds", `{"DateEquals":{"aws:CurrentTime":"1767323045"}}`, true},
		{"ArnLike goes part by part", `{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:top*"}}`, true},
		{"a star of an ARN does not reach over a colon", `{"ArnLike":{"aws:SourceArn":"arn:aws:sns*:topic"}}`, false},
		{"ArnNotEquals", `{"ArnNotEquals":{"aws:SourceArn":"arn:aws:sns:us-east-1:123456789012:other"}}`, true},
		{"Null true: the key is not there", `{"Null":{"aws:SourceVpc":"true"}}`, true},
		{"Null false: the key is there", `{"Null":{"aws:username":false}}`, true},
		{"Null true of a key that is there", `{"Null":{"aws:username":"true"}}`, false},
		{"a missing key meets no condition", `{"StringEquals":{"aws:SourceVpc":"vpc-1"}}`, false},
		{"a missing key meets a negated one", `{"StringNotEquals":{"aws:SourceVpc":"vpc-1"}}`, true},
		{"IfExists of a missing key", `{"StringEqualsIfExists":{"aws:SourceVpc":"vpc-1"}}`, true},
		{"IfExists of a key that is there", `{"StringEqualsIfExists":{"aws:username":"bob"}}`, false},
		{"ForAnyValue", `{"ForAnyValue:StringEquals":{"aws:TagKeys":["cost","x"]}}`, true},
		{"ForAllValues", `{"ForAllValues:StringEquals":{"aws:TagKeys":["cost","x"]}}`, false},
		{"ForAllValues of a missing key", `{"ForAllValues:StringEquals":{"aws:None":["cost"]}}`, true},
		{"ForAnyValue of a missing key", `{"ForAnyValue:StringEquals":{"aws:None":["cost"]}}`, false},
		{"ForAnyValue of a missing key, negated", `{"ForAnyValue:StringNotEquals":{"aws:None":["cost"]}}`, false},
		{"a variable", `{"StringEquals":{"aws:username":"${aws:UserName}"}}`, true},
		{"a variable within a pattern", `{"StringLike":{"aws:star":"${aws:star}"}}`, true},
		{"the star of a variable's value stands for itself", `{"StringLike":{"aws:username":"${aws:star}"}}`, false},
		{"a variable that is not there fits nothing", `{"StringLike":{"aws:username":"*${aws:None}"}}`, false},
		{"a variable with a default", `{"StringEquals":{"aws:username":"${aws:None, 'ada'}"}}`, true},
		{"an escaped star", `{"StringLike":{"aws:star":"a${*}"}}`, true},
		{"an escaped star is no wildcard", `{"StringLike":{"aws:username":"a${*}"}}`, false},
		{"BinaryEquals", `{"BinaryEquals":{"aws:username":"YWRh"}}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + tt.condition + `}}`)
			if err != nil {
				t.Fatal(err)
			}
			effect, _ := d.Evaluate(&Request{Action: "execute-api:Invoke", Resource: getItems, Context: context})
			if got := effect == Allow; got != tt.want {
				t.Errorf("holds = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	tests := []struct{ name, policy, want string }{
		{"no JSON", `{`, "not JSON"},
		{"null", `null`, "the policy is null"},
		{"an HTTP answer", `{"statusCode":401,"body":"no"}`, `"statusCode", which is none of`}, // case authorizer-wrong-output-shape-is-500
		{"no statement", `{"Version":"2012-10-17"}`, "no Statement"},
		{"another casing", `{"statement":[]}`, `"statement"`},
		{"an unknown version", `{"Version":"2012-10-18","Statement":[]}`, `Version is "2012-10-18"`},
		{"an unknown effect", `{"Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]}`, `in Statement[0]: the Effect is "allow"`},
		{"no effect", `{"Statement":[{"Action":"*","Resource":"*"}]}`, "no Effect"},
		{"no action", `{"Statement":[{"Effect":"Allow","Resource":"*"}]}`, "no Action"},
		{"no resource", `{"Statement":[{"Effect":"Allow","Action":"*"}]}`, "no Resource"},
		{"both", `{"Statement":[{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}]}`, "both Action and NotAction"},
		{"a number as action", `{"Statement":[{"Effect":"Allow","Action":[1],"Resource":"*"}]}`, "a number in its list"},
		{"an unknown operator", `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringSame":{"a":"b"}}}]}`, `"StringSame"`},
		{"NullIfExists", `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NullIfExists":{"a":"b"}}}]}`, `"NullIfExists"`},
		{"no address", `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"300.1.1.1"}}}]}`, `"300.1.1.1"`},
		{"a number without bound", `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"a":"1e999999999"}}}]}`, `"1e999999999"`},
		{"an unknown kind of principal", `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Principal":{"Aws":"*"}}]}`, `"Aws"`},
		{"all problems at once", `{"Statement":[{"Effect":"allow","Action":1,"Resource":"*"}]}`, "Action is a number"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(tt.policy)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse = %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestMasked(t *testing.T) {
	const want = "arn:aws:execute-api:us-east-1:********9012:abcdefghij/dev/GET/"
	if got := Masked(MethodARN("us-east-1", "123456789012", "abcdefghij", "dev", "GET", "/")); got != want {
		t.Errorf("Masked = %s, want %s", got, want)
	}
	if got := Masked("no arn"); got != "no arn" {
		t.Errorf("Masked = %s, want it as it is", got)
	}
}

func TestCombine(t *testing.T) {
	for _, identity := range []Effect{ImplicitDeny, Allow, ExplicitDeny} {
		for _, resource := range []Effect{ImplicitDeny, Allow, ExplicitDeny} {
			same, cross := Combine(identity, resource), CombineCrossAccount(identity, resource)
			switch {
			case identity == ExplicitDeny || resource == ExplicitDeny:
				if same != ExplicitDeny || cross != ExplicitDeny {
					t.Errorf("%v and %v = %v, %v, want explicit deny", identity, resource, same, cross)
				}
			case identity == Allow && resource == Allow:
				if same != Allow || cross != Allow {
					t.Errorf("%v and %v = %v, %v, want allow", identity, resource, same, cross)
				}
			case identity == Allow || resource == Allow:
				if same != Allow || cross != ImplicitDeny {
					t.Errorf("%v and %v = %v, %v, want allow, implicit deny", identity, resource, same, cross)
				}
			default:
				if same != ImplicitDeny || cross != ImplicitDeny {
					t.Errorf("%v and %v = %v, %v, want implicit deny", identity, resource, same, cross)
				}
			}
		}
	}
}

func TestGlobDoesNotHang(t *testing.T) {
	pattern := strings.Repeat("*a", 200) + "b"
	if glob(pattern, strings.Repeat("a", 5000)) {
		t.Error("glob fits, want no fit")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"Version":"2012-10-17","Statement":[{"Sid":"s","Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*","Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8"]}}}]}`)
	f.Add(`{"Statement":{"Effect":"Deny","NotAction":"a","NotResource":"${a}*?","NotPrincipal":{"AWS":["1"]},"Condition":{"ForAllValues:DateLessThanIfExists":{"k":1}}}}`)
	f.Add(`"{}"`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse(text)
		if err != nil {
			return
		}
		r := Request{Action: "execute-api:Invoke", Resource: getItems, Principal: "arn:aws:iam::123456789012:user/me", Context: map[string][]string{"aws:sourceip": {"10.0.0.1"}, "k": {"1", "x"}}}
		effect, at := d.Evaluate(&r)
		if (effect == ImplicitDeny) != (at == -1) || at >= len(d.statements) {
			t.Errorf("Evaluate = %v by statement %d of %d", effect, at, len(d.statements))
		}
		if effect != ImplicitDeny && d.statements[at].deny != (effect == ExplicitDeny) {
			t.Errorf("statement %d decided %v", at, effect)
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	d, err := Parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-east-1:123456789012:abcdefghij/*/GET/*","Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.0/24"]}}}]}`)
	if err != nil {
		b.Fatal(err)
	}
	r := Request{Action: "execute-api:Invoke", Resource: getItems, Context: map[string][]string{"aws:sourceip": {"203.0.113.9"}}}
	b.ReportAllocs()
	for b.Loop() {
		if e, _ := d.Evaluate(&r); e != Allow {
			b.Fatal(e)
		}
	}
}
