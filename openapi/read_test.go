package openapi

import "testing"

func TestWhatATerraformTemplateLeavesIsNotFilledAgain(t *testing.T) {
	const text = "openapi: 3.0.1\ninfo: {title: '${name} $${name} ${AWS::Region}', version: '1'}\npaths: {}\n"
	f, err := Read("openapi.yaml.tftpl", []byte(text), ReadOptions{Substitutions: map[string]string{"name": "items"}})
	if err != nil {
		t.Fatal(err)
	}
	api, _ := Import(f.Documents[0], Options{Substitutions: map[string]string{"name": "items"}})
	if want := "items ${name} us-east-1"; api.Name != want {
		t.Errorf("the API is called %q, want %q", api.Name, want)
	}
}
