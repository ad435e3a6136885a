package project

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strings"
)

var keyValueRule = newRule(keyValue, wantKeyValue)

// resolveKeys takes values from the environment and finds values that two keys
// share. Values made from the seed come later, with the seed.
func (c *checker) resolveKeys(cfg *Config, inspect bool) {
	byValue := map[string]string{}
	for i := range cfg.APIKeys {
		k := &cfg.APIKeys[i]
		if k.twice {
			c.add(k.ValuePos, "keep one of them", "API key %q has both value and fromEnv", k.Name)
			continue
		}
		if k.FromEnv != "" {
			v, ok := os.LookupEnv(k.FromEnv)
			switch {
			case !ok && inspect:
			case !ok:
				c.add(k.ValuePos, fmt.Sprintf("export %s=..., 20 to 128 letters and digits", k.FromEnv), "API key %q: the environment variable %s is not set", k.Name, k.FromEnv)
			case !keyValueRule.fits(v):
				c.add(k.ValuePos, "", "API key %q: the environment variable %s has %d characters, %s", k.Name, k.FromEnv, len(v), wantKeyValue)
			default:
				k.Value = v
			}
		}
		if k.Value == "" {
			continue
		}
		if other, ok := byValue[k.Value]; ok {
			c.add(k.ValuePos, "give one of them another value", "API keys %q and %q have the same value", other, k.Name)
		}
		byValue[k.Value] = k.Name
	}
}

// generateKey makes the value of a key that has none: 40 letters and digits, the
// same for the same seed.
func generateKey(name string, seed uint64) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	var b strings.Builder
	for block := uint64(0); b.Len() < 40; block++ {
		h := sha256.New()
		_ = binary.Write(h, binary.LittleEndian, [2]uint64{seed, block})
		h.Write([]byte(name))
		for _, x := range h.Sum(nil) {
			if b.Len() < 40 && int(x) < 4*len(alphabet) {
				b.WriteByte(alphabet[int(x)%len(alphabet)])
			}
		}
	}
	return b.String()
}

// A secret is a text that must not be printed whole.
type secret struct{ value, masked string }

func secretsOf(cfg *Config) []secret {
	var all []secret
	for _, k := range cfg.APIKeys {
		if k.Value != "" {
			all = append(all, secret{k.Value, mask(k.Value)})
		}
	}
	sortSecrets(all)
	return all
}

// sortSecrets puts a value that holds another one first.
func sortSecrets(all []secret) {
	slices.SortStableFunc(all, func(a, b secret) int { return len(b.value) - len(a.value) })
}

// hide makes Mask hide a value, too.
func (p *Project) hide(value string) {
	p.secretsMu.Lock()
	defer p.secretsMu.Unlock()
	if !slices.ContainsFunc(p.secrets, func(s secret) bool { return s.value == value }) {
		p.secrets = append(p.secrets, secret{value, mask(value)})
		sortSecrets(p.secrets)
	}
}

// mask hides all but the last six characters.
func mask(s string) string {
	if len(s) <= 6 {
		return strings.Repeat("*", len(s))
	}
	return strings.Repeat("*", len(s)-6) + s[len(s)-6:]
}

// Mask hides the values of API keys in a text, whatever it is: all but their last
// six characters. It knows the configured ones, and those that a start has made
// from its seed. Writers of logs and reports call it; the
// gateway's own answers are never altered.
func (p *Project) Mask(text string) string {
	p.secretsMu.RLock()
	defer p.secretsMu.RUnlock()
	for _, s := range p.secrets {
		if strings.Contains(text, s.value) {
			text = strings.ReplaceAll(text, s.value, s.masked)
		}
	}
	return text
}
