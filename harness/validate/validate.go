// Package validate checks method requests as API Gateway's request validators
// do: required parameters, and bodies by their models, in the words of the Java
// validator AWS uses.
//
// [New] compiles the models of an API once; a [Validator] is frozen and may be
// used from any number of goroutines.
//
// It promises nothing to other modules.
package validate

// Keep these signatures:
//
//	func New(api *openapi.API) (*Validator, []error)     // the errors are *source.Error: models that can't be read; a call that needs one is not validated by the broken part
//	func (v *Validator) Parameters(m *openapi.Method, has func(location, name string) bool) (message string, ok bool)
//	    // location is path, querystring or header; has says whether it is there and not blank. message: "Missing required request parameters: [x, y]"
//	func (v *Validator) Body(m *openapi.Method, contentType string, body []byte) (detail, model string, ok bool)
//	    // detail is $context.error.validationErrorString: `[object has missing required properties (["a"])]`; ok without a model for contentType
//	// both check regardless of the method's validator: the gateway asks m.RequestValidator first
