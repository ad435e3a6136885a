package lambda

import (
	"testing"
)

func python(name, code string) Function {
	return Function{Name: name, Code: Code{Runtime: "python3.13", Handler: "index.handler", Inline: code}}
}

const id = requestID

var pythonCalls = []callTest{
	{
		name:  "a result is passed on as json.dumps spells it",
		code:  "def handler(event, context):\n    return [{'ID': 1, 'price': 3.0, 'text': 'é', 'nan': float('nan')}, event]",
		event: `{"b":1,"a":[1.50]}`,
		want:  `[{"ID": 1, "price": 3.0, "text": "é", "nan": NaN}, {"b": 1, "a": [1.5]}]`,
	},
	{
		name: "no result is null",
		code: "def handler(event, context):\n    pass",
		want: `null`,
	},
	{
		name: "a Decimal is its digits",
		code: "from decimal import Decimal\ndef handler(event, context):\n    return {'a': Decimal('3.10'), 'b': [Decimal('1E+2'), '3.10']}",
		want: `{"a": 3.10, "b": [1E+2, "3.10"]}`,
	},
	{
		name: "a named tuple is an object",
		code: "import collections\nP = collections.namedtuple('P', 'x y')\ndef handler(event, context):\n    return [P(1, P(2, 3)), (4,)]",
		want: `[{"x": 1, "y": {"x": 2, "y": 3}}, [4]]`,
	},
	{
		name: "bytes are passed on as they are",
		code: "def handler(event, context):\n    return b'{\"a\":1}'",
		want: `{"a":1}`,
	},
	{
		name:   "an exception is an error with its stack as strings",
		code:   "def handler(event, context):\n    raise Exception('NotFoundError')",
		want:   `{"errorMessage": "NotFoundError", "errorType": "Exception", "requestId": "` + id + `", "stackTrace": ["  File \"/var/task/index.py\", line 2, in handler\n    raise Exception('NotFoundError')\n"]}`,
		failed: true,
		log:    "[ERROR] Exception: NotFoundError\nTraceback (most recent call last):\n  File \"/var/task/index.py\", line 2, in handler\n",
	},
	{
		name:   "a key that is missing is a KeyError with quotes in its message",
		code:   "def handler(event, context):\n    return event['ID']",
		want:   `{"errorMessage": "'ID'", "errorType": "KeyError", "requestId": "` + id + `", "stackTrace": ["  File \"/var/task/index.py\", line 2, in handler\n    return event['ID']\n"]}`,
		failed: true,
	},
	{
		name:   "a result that is not JSON is a MarshalError",
		code:   "def handler(event, context):\n    return {'a': {1, 2}}",
		want:   `{"errorMessage": "Unable to marshal response: Object of type set is not JSON serializable", "errorType": "Runtime.MarshalError", "requestId": "` + id + `", "stackTrace": []}`,
		failed: true,
		log:    "[ERROR] Runtime.MarshalError: Unable to marshal response: Object of type set is not JSON serializable\n",
	},
	{
		name:   "a module that is not there is an ImportModuleError, and the log says how to get it",
		code:   "import not_a_module.sub\ndef handler(event, context):\n    pass",
		want:   `{"errorMessage": "Unable to import module 'index': No module named 'not_a_module'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}`,
		failed: true,
		log:    "hint: pip install not_a_module",
	},
	{
		name:   "a handler that is not there is a HandlerNotFound",
		code:   "def other(event, context):\n    pass",
		want:   `{"errorMessage": "Handler 'handler' missing on module 'index'", "errorType": "Runtime.HandlerNotFound", "requestId": "", "stackTrace": []}`,
		failed: true,
	},
	{
		name:   "code that does not parse is a UserCodeSyntaxError",
		code:   "def handler(event, context):\n    return )\n",
		want:   `~{"errorMessage": "Syntax error in module 'index': unmatched ')' (index.py, line 2)", "errorType": "Runtime.UserCodeSyntaxError", "requestId": "", "stackTrace": ["  File \"/var/task/index.py\" Line 2\n        return )`,
		failed: true,
	},
	{
		name:   "an exception while the module loads is its own error",
		code:   "print('loading')\nraise ValueError('no table')",
		want:   `~"errorMessage": "no table", "errorType": "ValueError", "requestId": "", "stackTrace": ["  File \"/var/lang/lib/python3.`,
		failed: true,
		log:    "loading\n[ERROR] ValueError: no table\n",
	},
	{
		name:   "sys.exit in the handler ends the environment",
		code:   "import sys\ndef handler(event, context):\n    print('going')\n    sys.exit(3)",
		want:   `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 3"}`,
		failed: true,
		log:    "going\nEND RequestId: " + id,
	},
	{
		name:   "a plain exit has no reason",
		code:   "import os\ndef handler(event, context):\n    os._exit(0)",
		want:   `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited without providing a reason"}`,
		failed: true,
	},
	{
		name:   "a signal ends the environment",
		code:   "import os\ndef handler(event, context):\n    os.kill(os.getpid(), 11)",
		want:   `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: signal: segmentation fault"}`,
		failed: true,
	},
	{
		name:   "an exit while the module loads is an exit",
		code:   "import sys\nsys.exit(1)",
		want:   `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 1"}`,
		failed: true,
	},
	{
		name:   "a result over 6 MB is too large",
		code:   "def handler(event, context):\n    return 'x' * 6291555",
		want:   `{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}`,
		failed: true,
	},
	{
		name: "a result of just 6 MB is not",
		code: "def handler(event, context):\n    return 'x' * 6291554",
		want: `~xxx`,
	},
	{
		name: "print and logging go to the log",
		code: "import logging\nlogging.getLogger().setLevel('INFO')\ndef handler(event, context):\n    print('Event:', event)\n    logging.info('hello')\n    import sys\n    sys.stderr.write('oops')",
		want: `null`,
		log:  "START RequestId: " + id + " Version: $LATEST\nEvent: {}\n[INFO]\t",
	},
	{
		name: "the context object",
		code: `
def handler(event, c):
    left = c.get_remaining_time_in_millis()
    return [c.function_name, c.function_version, c.invoked_function_arn, c.memory_limit_in_mb, c.aws_request_id,
            c.log_group_name, c.log_stream_name[:20], c.identity.cognito_identity_id, c.client_context, 2000 < left <= 3000]`,
		want: `["F", "$LATEST", "arn:aws:lambda:us-east-1:123456789012:function:F", "128", "` + id + `", "/aws/lambda/F", "2026/01/01/[$LATEST]", null, null, true]`,
	},
	{
		name: "time is UTC and the folder is the code's",
		code: `
import os, time, sys
def handler(event, c):
    return [time.tzname[0], os.getcwd() == os.environ['LAMBDA_TASK_ROOT'] == os.path.dirname(__file__) == sys.path[0], sys.stdin.read()]`,
		want: `["UTC", true, ""]`,
	},
}

func TestPython(t *testing.T) {
	needPython(t)
	testCalls(t, newHost(t), "python3.13", pythonCalls)
}

// Where nothing can be forked, an environment is a process of its own, and must
// not be told from a fork.
func TestPythonWithoutFork(t *testing.T) {
	needPython(t)
	h := newHost(t)
	h.noFork = true
	testCalls(t, h, "python3.13", pythonCalls)
}
