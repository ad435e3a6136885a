package lint

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
)

var cacheRules = []*Rule{
	{
		ID: "cache-key-missing", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Cache settings for REST APIs",
		Doc: `a cached method has path parameters that are not in its cache key

The key is the cache namespace, the method and the cacheKeyParameters; the path
is not in it. /items/1 and /items/2 then share one entry. List each path
parameter in cacheKeyParameters: method.request.path.NAME.`,
		Surrounded: true,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if m.Integration == nil {
					continue
				}
				for _, st := range p.Around.Stages {
					if !st.CacheCluster || st.Caches == nil || !st.Caches(settingKey(m)) {
						continue
					}
					for _, param := range m.RequestParameters {
						if strings.HasPrefix(param.Name, "method.request.path.") && !slices.Contains(m.Integration.CacheKeyParameters, param.Name) {
							p.Report(m.Integration.Pos, m.Integration.Pointer, "add "+param.Name+" to cacheKeyParameters",
								"%s is cached on the stage %s, and %s is not in its cache key: all its values share one answer", name(m), st.Name, param.Name)
						}
					}
				}
			}
		},
	},
	{
		ID: "stage-cache-cluster-off", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Recorded,
		Source: "AWS docs: Cache settings for REST APIs",
		Doc: `a stage turns caching on for methods, and has no cache

cachingEnabled is accepted without a cache cluster and does nothing. Set
cacheClusterEnabled: true on the stage.`,
		Surrounded: true,
		Check: func(p *Pass) {
			for _, st := range p.Around.Stages {
				if st.CacheCluster || st.Caches == nil {
					continue
				}
				for m := range p.API.AllMethods() {
					if st.Caches(settingKey(m)) {
						p.Report(st.Pos, "", "set cacheClusterEnabled: true", "the stage %s turns caching on and has no cache cluster: nothing is cached", st.Name)
						break
					}
				}
			}
		},
	},
	{
		ID: "stage-cache-provisioned-only", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS API: Stage",
		Doc: `a stage pays for a cache that no method uses

A cache cluster alone caches nothing: turn cachingEnabled on in methodSettings,
for "*/*" (then GET methods are cached) or for single methods.`,
		Surrounded: true,
		Check: func(p *Pass) {
			for _, st := range p.Around.Stages {
				if !st.CacheCluster || st.Caches == nil {
					continue
				}
				cached := false
				for m := range p.API.AllMethods() {
					cached = cached || st.Caches(settingKey(m))
				}
				if !cached {
					p.Report(st.Pos, "", `set methodSettings: {"*/*": {cachingEnabled: true}}`, "the stage %s provisions a cache, and no method caches anything", st.Name)
				}
			}
		},
	},
	{
		ID: "cached-non-get", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "case caching-only-get-by-default; AWS docs: Cache settings for REST APIs",
		Doc: `a method other than GET is cached

Caching on for */* means GET methods. A setting of its own caches others too: the
body is not in the key, so that one caller's POST answers another's.`,
		Surrounded: true,
		Check: func(p *Pass) {
			for _, st := range p.Around.Stages {
				if !st.CacheCluster || st.Caches == nil {
					continue
				}
				for _, s := range st.Settings {
					if path, verb, ok := cutSetting(s.Key); ok && verb != "GET" && verb != "*" && st.Caches(path+"/"+verb) {
						p.Report(s.Pos, "", "cache GET methods only", "the stage %s caches %s of %s, whatever its body is", st.Name, verb, path)
					}
				}
			}
		},
	},
}
