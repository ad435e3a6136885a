package lambda

import "testing"

var nodeCalls = []callTest{
	{
		name:  "an async handler of an ES module",
		code:  "export const handler = async (event) => ({ got: event, n: 3.0 });",
		event: `{"b":1,"a":[1.50]}`,
		want:  `{"got":{"b":1,"a":[1.5]},"n":3}`,
	},
	{
		name: "an async handler of CommonJS",
		code: "exports.handler = async () => [1, 2];",
		want: `[1,2]`,
	},
	{
		name: "a callback",
		code: "exports.handler = (event, context, callback) => { setTimeout(() => callback(null, {ok: true}), 5); };",
		want: `{"ok":true}`,
	},
	{
		name: "a callback waits for what is left to do",
		code: "exports.handler = (event, context, callback) => { const r = {}; setTimeout(() => { r.late = true; }, 30); callback(null, r); };",
		want: `{"late":true}`,
	},
	{
		name: "a callback need not wait",
		code: "exports.handler = (event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; const r = {}; setTimeout(() => { r.late = true; }, 3000); callback(null, r); };",
		want: `{}`,
	},
	{
		name: "a handler that does nothing answers null",
		code: "exports.handler = () => {};",
		want: `null`,
	},
	{
		name:   "an error thrown is an error with its trace",
		code:   "exports.handler = async () => {\n  throw new TypeError('boom');\n};",
		want:   `~{"errorType":"TypeError","errorMessage":"boom","trace":["TypeError: boom","    at exports.handler (/var/task/index.js:2:9)","`,
		failed: true,
		log:    "ERROR\tInvoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"boom\",\"stack\":[",
	},
	{
		name:   "an error of an ES module has a file URL in its trace",
		code:   "export const handler = async () => {\n  throw new Error('boom');\n};",
		want:   `~    at Runtime.handler (file:///var/task/index.mjs:2:9)","`,
		failed: true,
	},
	{
		name:   "an error given to the callback",
		code:   "exports.handler = (e, c, callback) => callback(new Error('boom'));",
		want:   `~{"errorType":"Error","errorMessage":"boom","trace":["Error: boom","`,
		failed: true,
	},
	{
		name:   "a text given to the callback is a string",
		code:   "exports.handler = (e, c, callback) => callback('boom');",
		want:   `{"errorType":"string","errorMessage":"boom","trace":[]}`,
		failed: true,
	},
	{
		name:   "an exception nobody catches",
		code:   "exports.handler = () => { setTimeout(() => { throw new Error('boom'); }, 1); return new Promise(() => {}); };",
		want:   `~{"errorType":"Error","errorMessage":"boom","trace":["Error: boom","`,
		failed: true,
		log:    "ERROR\tUncaught Exception \t",
	},
	{
		name:   "a rejection nobody handles",
		code:   "exports.handler = () => { Promise.reject(new Error('boom')); return new Promise((r) => setTimeout(r, 1000)); };",
		want:   `~{"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"Error: boom","trace":["Runtime.UnhandledPromiseRejection: Error: boom",`,
		failed: true,
	},
	{
		name:   "a module that is not there is an ImportModuleError, and the log says how to get it",
		code:   "const x = require('not-a-module');\nexports.handler = async () => 1;",
		want:   `~{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'not-a-module'\nRequire stack:\n- /var/task/index.js\n- /var/runtime/index.mjs","trace":["Runtime.ImportModuleError: Error: Cannot find module 'not-a-module'","Require stack:","- /var/task/index.js",`,
		failed: true,
		log:    "hint: run npm install not-a-module in ",
	},
	{
		name:   "a handler that is not there is a HandlerNotFound",
		code:   "exports.other = async () => 1;",
		want:   `~{"errorType":"Runtime.HandlerNotFound","errorMessage":"index.handler is undefined or not exported","trace":[`,
		failed: true,
	},
	{
		name:   "a handler that is no function is a HandlerNotFound",
		code:   "exports.handler = 5;",
		want:   `~{"errorType":"Runtime.HandlerNotFound","errorMessage":"index.handler is not a function","trace":[`,
		failed: true,
	},
	{
		name:   "code that does not parse is a UserCodeSyntaxError",
		code:   "exports.handler = async ( => 1;",
		want:   `~{"errorType":"Runtime.UserCodeSyntaxError","errorMessage":"SyntaxError: Unexpected token`,
		failed: true,
	},
	{
		name:   "an exception while the module loads is its own error",
		code:   "console.log('loading'); throw new RangeError('no table');",
		want:   `~{"errorType":"RangeError","errorMessage":"no table","trace":["RangeError: no table"`,
		failed: true,
		log:    "\tINFO\tloading\n",
	},
	{
		name:   "a result that is not JSON",
		code:   "exports.handler = async () => { const a = {}; a.a = a; return a; };",
		want:   `~{"errorType":"Error","errorMessage":"Unable to stringify response body"`,
		failed: true,
	},
	{
		name:   "process.exit ends the environment",
		code:   "exports.handler = async () => process.exit(3);",
		want:   `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 3"}`,
		failed: true,
	},
	{
		name: "console goes to the log with the request id",
		code: "exports.handler = async (e) => { console.log('Event: %j', e); console.error('oops'); process.stdout.write('raw\\n'); };",
		want: `null`,
		log:  "\t" + id + "\tINFO\tEvent: {}\n",
	},
	{
		name: "the context object",
		code: `exports.handler = async (e, c) => { const left = c.getRemainingTimeInMillis();
			return [c.functionName, c.functionVersion, c.invokedFunctionArn, c.memoryLimitInMB, c.awsRequestId, c.logGroupName, left > 2000 && left <= 3000]; };`,
		want: `["F","$LATEST","arn:aws:lambda:us-east-1:123456789012:function:F","128","` + id + `","/aws/lambda/F",true]`,
	},
	{
		name: "a streaming handler's result is taken whole",
		code: `exports.handler = awslambda.streamifyResponse(async (event, out) => { out = awslambda.HttpResponseStream.from(out, {statusCode: 201}); out.write('one '); out.end('two'); });`,
		want: "{\"statusCode\":201}\x00\x00\x00\x00\x00\x00\x00\x00one two",
	},
	{
		name: "time is UTC and the folder is the code's",
		code: "exports.handler = async () => [new Date(0).getTimezoneOffset(), process.cwd() === process.env.LAMBDA_TASK_ROOT, __dirname === process.cwd()];",
		want: `[0,true,true]`,
	},
}

func TestNode(t *testing.T) {
	needNode(t)
	testCalls(t, hostWith(t, HostConfig{WarmNode: 2}), "nodejs22.x", nodeCalls)
}

func TestNodeWithoutWarmProcesses(t *testing.T) {
	needNode(t)
	testCalls(t, newHost(t), "nodejs20.x", nodeCalls[:3])
}

func TestNode24HasNoCallbacks(t *testing.T) {
	needNode(t)
	testCalls(t, newHost(t), "nodejs24.x", []callTest{
		{
			name:   "a handler with a callback is refused",
			code:   "exports.handler = (event, context, callback) => callback(null, 1);",
			want:   `~{"errorType":"Runtime.CallbackHandlerDeprecated","errorMessage":"ERROR: AWS Lambda has removed support`,
			failed: true,
		},
		{
			name: "an async one is not",
			code: "exports.handler = async (event, context) => 1;",
			want: `1`,
		},
	})
}
