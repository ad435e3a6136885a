// The Node.js runtime: the client of the Lambda Runtime API that runs a handler.
//
// It is started before anybody knows for which function, waits for one line of
// JSON on stdin, and becomes that function's environment.
"use strict";
const fs = require("fs");
const module_ = require("module");
const net = require("net");
const path = require("path");
const stream = require("stream");
const url = require("url");
const util = require("util");

// --- errors --------------------------------------------------------------------

function fault(name, message) {
  const e = new Error(message);
  e.name = "Runtime." + name;
  e.stack = e.stack.replace(/^Error/, e.name);
  return e;
}

// places are the folders that have another name on AWS, the longest first.
let places = [];

function asOnAWS(text) {
  for (const [real, shown] of places) {
    text = text.split(real).join(shown);
  }
  return text;
}

// describe is an error as it is reported: errorType, errorMessage, trace.
function describe(e) {
  try {
    const looksLikeError = e && typeof e.name === "string" && typeof e.message === "string" && typeof e.stack === "string";
    if (util.types.isNativeError(e) || (looksLikeError && e.name && e.message && e.stack)) {
      let message = e.message;
      if (typeof e.name === "string" && e.name.startsWith("Runtime.")) {
        message = asOnAWS(message);
      }
      return { errorType: e.name, errorMessage: message, trace: asOnAWS(e.stack).split("\n") };
    }
    return { errorType: typeof e, errorMessage: e.toString(), trace: [] };
  } catch {
    return {
      errorType: "handled",
      errorMessage:
        "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack",
    };
  }
}

// --- the log ---------------------------------------------------------------------

let requestId;

function writeLine(text) {
  const bytes = Buffer.from(text + "\n");
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(1, bytes, at);
    } catch (e) {
      if (e.code !== "EAGAIN") return; // nobody reads any more
    }
  }
}

function patchConsole() {
  const levels = { trace: "TRACE", debug: "DEBUG", info: "INFO", log: "INFO", warn: "WARN", error: "ERROR", fatal: "FATAL" };
  for (const [name, level] of Object.entries(levels)) {
    console[name] = (...args) => {
      writeLine(`${new Date().toISOString()}\t${requestId}\t${level}\t${util.format(...args)}`);
    };
  }
}

function logError(what, e) {
  const error = e instanceof Error ? e : new Error(e);
  let text;
  try {
    text = JSON.stringify(error, (_, v) => {
      if (!(v instanceof Error)) return v;
      const o = Object.assign({ errorType: v.name, errorMessage: v.message, code: v.code }, v);
      if (typeof v.stack === "string") o.stack = asOnAWS(v.stack).split("\n");
      return o;
    });
  } catch {
    text = JSON.stringify(describe(error));
  }
  console.error(what, "\t" + text);
}

// --- the Runtime API ---------------------------------------------------------------

// A RuntimeAPI keeps one connection. An answer goes out together with the
// question for the next event: one trip instead of two. The connection keeps
// the process alive only while an event is waited for, so that the end of a
// handler's own work can be seen.
class RuntimeAPI {
  constructor(address) {
    const [host, port] = address.split(":");
    this.address = address;
    this.getNext = Buffer.from(
      `GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: ${address}\r\nUser-Agent: rehearse-node\r\n\r\n`,
    );
    this.received = Buffer.alloc(0);
    this.expected = []; // what to do with the responses to come, in order
    this.socket = net.connect({ host, port: Number(port), noDelay: true });
    this.socket.on("data", (chunk) => this.take(chunk));
    this.socket.on("error", () => process.exit(0)); // the environment is taken away
    this.socket.on("close", () => process.exit(0));
  }

  take(chunk) {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    while (this.expected.length > 0) {
      const end = this.received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const headers = {};
      for (const line of this.received.toString("latin1", 0, end).split("\r\n").slice(1)) {
        const colon = line.indexOf(":");
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      const total = end + 4 + Number(headers["content-length"]);
      if (this.received.length < total) return;
      const body = this.received.subarray(end + 4, total);
      this.received = this.received.subarray(total);
      this.expected.shift()(headers, body);
    }
  }

  next(deliver, answer) {
    this.socket.ref();
    if (answer) this.expected.push(() => {});
    this.expected.push((headers, body) => {
      this.socket.unref();
      deliver(headers, body);
    });
    this.socket.write(answer ? Buffer.concat([answer, this.getNext]) : this.getNext);
  }

  post(where, body, errorType) {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
    let head = `POST /2018-06-01/runtime/${where} HTTP/1.1\r\nHost: ${this.address}\r\nContent-Type: application/json\r\nContent-Length: ${bytes.length}\r\n`;
    if (errorType !== undefined) {
      head += `Lambda-Runtime-Function-Error-Type: ${String(errorType).replace(/[^\x20-\x7e]/g, "")}\r\n`;
    }
    return Buffer.concat([Buffer.from(head + "\r\n"), bytes]);
  }

  error(id, e) {
    const d = describe(e);
    return this.post(id === undefined ? "init/error" : `invocation/${id}/error`, JSON.stringify(d), d.errorType);
  }

  // last posts an answer and ends the process once it has arrived.
  last(answer, code) {
    this.socket.ref();
    this.expected = [() => process.exit(code)];
    this.socket.write(answer);
  }
}

// --- the handler ---------------------------------------------------------------------

const streaming = Symbol.for("aws.lambda.runtime.handler.streaming");

globalThis.awslambda = {
  streamifyResponse(handler) {
    handler[streaming] = "response";
    return handler;
  },
  HttpResponseStream: {
    from(out, metadata) {
      out.write(JSON.stringify(metadata));
      out.write(Buffer.alloc(8));
      return out;
    },
  },
};

async function load(taskRoot, name) {
  if (name.includes("..")) {
    throw fault("MalformedHandlerName", `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  const base = path.basename(name);
  const folder = name.slice(0, name.indexOf(base));
  const dot = base.indexOf(".");
  if (dot < 0) throw fault("MalformedHandlerName", "Bad handler");
  const app = await loadModule(taskRoot, folder, base.slice(0, dot));
  const find = (o) => base.slice(dot + 1).split(".").reduce((v, key) => v && v[key], o);
  const handler = find(app) ?? (app && app.default ? find(app.default) : undefined);
  if (!handler) throw fault("HandlerNotFound", `${name} is undefined or not exported`);
  if (typeof handler !== "function") throw fault("HandlerNotFound", `${name} is not a function`);
  return handler;
}

async function loadModule(taskRoot, folder, name) {
  // Required by a file of the runtime, so that "Require stack" reads as on AWS.
  const require_ = module_.createRequire("/var/runtime/index.mjs");
  const file = path.resolve(taskRoot, folder, name);
  const load_ = (f) => import(url.pathToFileURL(f).href);
  try {
    if (isFile(file)) return require_(file);
    if (isFile(file + ".js")) return isESModule(path.dirname(file)) ? await load_(file + ".js") : require_(file + ".js");
    if (isFile(file + ".mjs")) return await load_(file + ".mjs");
    if (isFile(file + ".cjs")) return require_(file + ".cjs");
    return require_(require_.resolve(name, { paths: [taskRoot, path.join(taskRoot, folder)] }));
  } catch (e) {
    if (e instanceof SyntaxError) {
      const f = fault("UserCodeSyntaxError", String(e));
      f.stack = e.stack;
      throw f;
    }
    if (e && e.code === "MODULE_NOT_FOUND") throw fault("ImportModuleError", String(e));
    throw e;
  }
}

function isFile(name) {
  const s = fs.statSync(name, { throwIfNoEntry: false });
  return s !== undefined && s.isFile();
}

// isESModule says whether .js files of a folder are ES modules: the nearest
// package.json decides.
function isESModule(folder) {
  for (;;) {
    const file = path.join(folder, "package.json");
    if (path.basename(folder) !== "node_modules" && fs.existsSync(file)) {
      try {
        return JSON.parse(fs.readFileSync(file, "utf8")).type === "module";
      } catch {
        return false;
      }
    }
    const up = path.dirname(folder);
    if (up === folder) return false;
    folder = up;
  }
}

// --- calls ------------------------------------------------------------------------------

class Runtime {
  constructor(api, handler) {
    this.api = api;
    this.handler = handler;
    this.onIdle = () => {};
    process.on("beforeExit", () => this.onIdle());
  }

  next(answer) {
    this.onIdle = () => {};
    this.api.next((headers, body) => this.call(headers, body), answer);
  }

  call(headers, body) {
    const id = (requestId = headers["lambda-runtime-aws-request-id"]);
    if (headers["lambda-runtime-trace-id"]) process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
    else delete process.env._X_AMZN_TRACE_ID;

    let done = false;
    const finish = (answer) => {
      if (done) return;
      done = true;
      this.next(answer());
    };
    const fail = (e) =>
      finish(() => {
        logError("Invoke Error", e);
        return this.api.error(id, e);
      });
    const succeed = (result) => {
      let text;
      try {
        text = JSON.stringify(result === undefined ? null : result);
      } catch {
        fail(new Error("Unable to stringify response body"));
        return;
      }
      // What JSON has no word for (a function) is an empty answer.
      finish(() => this.api.post(`invocation/${id}/response`, text === undefined ? "" : text));
    };
    this.failed = (e, code) => {
      done = true;
      this.api.last(this.api.error(id, e), code);
    };

    let waits = true;
    const deadline = Number(headers["lambda-runtime-deadline-ms"]);
    const context = {
      get callbackWaitsForEmptyEventLoop() {
        return waits;
      },
      set callbackWaitsForEmptyEventLoop(v) {
        waits = v;
      },
      succeed,
      fail: (e) => fail(e === undefined || e === null ? "handled" : e),
      done: (e, result) => (e === undefined || e === null ? succeed(result) : fail(e)),
      functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
      functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
      memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
      clientContext: undefined,
      identity: undefined,
      invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
      awsRequestId: id,
      getRemainingTimeInMillis: () => deadline - Date.now(),
    };
    let called = false;
    const callback = (e, result) => {
      if (called) return;
      called = true;
      if (e !== undefined && e !== null) fail(e);
      else if (!waits) succeed(result);
      else this.onIdle = () => succeed(result);
    };
    // A handler that neither answers nor has anything left to do answers null.
    this.onIdle = () => succeed(null);

    try {
      const clientContext = headers["lambda-runtime-client-context"];
      if (clientContext) context.clientContext = JSON.parse(clientContext);
      const event = JSON.parse(body.toString("utf8"));
      if (this.handler[streaming]) {
        this.stream(event, context, id, finish, fail);
        return;
      }
      const result = this.handler(event, context, callback);
      if (result && typeof result.then === "function") {
        result.then(succeed, context.fail);
      }
    } catch (e) {
      callback(e);
    }
  }

  // stream collects what a streaming handler writes: whoever calls here takes a
  // result whole.
  stream(event, context, id, finish, fail) {
    const chunks = [];
    const out = new stream.Writable({
      write(chunk, _encoding, callback) {
        chunks.push(chunk);
        callback();
      },
    });
    const write = out.write;
    out.write = (chunk, ...rest) =>
      write.call(out, typeof chunk === "string" || chunk instanceof Uint8Array ? chunk : JSON.stringify(chunk), ...rest);
    out.setContentType = () => {};
    const result = this.handler(event, out, context);
    if (!result || typeof result.then !== "function") {
      fail("Streaming does not support non-async handlers.");
      return;
    }
    result.then(() => {
      const end = () => finish(() => this.api.post(`invocation/${id}/response`, Buffer.concat(chunks)));
      if (out.writableFinished) end();
      else if (out.writableEnded) out.once("finish", end);
      else fail("Response stream is not finished.");
    }, fail);
  }
}

const callbacksGone =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";

async function run(config) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, config.environment);
  module_._initPaths(); // reads NODE_PATH
  process.argv.length = 1;
  for (const [folder, shown] of [...config.layers.map((l) => [l, "/opt"]), [config.taskRoot, "/var/task"]]) {
    places.push([folder, shown]);
    try {
      const real = fs.realpathSync(folder);
      if (real !== folder) places.push([real, shown]);
    } catch {
      // loading the handler will say that it is not there
    }
  }
  places.push(["file://" + __filename, "file:///var/runtime/index.mjs"], [__filename, "/var/runtime/index.mjs"]);
  places.sort((a, b) => b[0].length - a[0].length);

  patchConsole();
  const api = new RuntimeAPI(process.env.AWS_LAMBDA_RUNTIME_API);
  const initFailed = (e, code) => api.last(api.error(undefined, e), code);
  let runtime;
  const failed = (what, code) => (e) => {
    logError(what, e);
    if (runtime && runtime.failed) runtime.failed(e, code);
    else initFailed(e, code);
  };
  process.on("uncaughtException", failed("Uncaught Exception", 129));
  process.on("unhandledRejection", (reason) => {
    const e = fault("UnhandledPromiseRejection", String(reason));
    e.reason = reason;
    failed("Unhandled Promise Rejection", 128)(e);
  });
  try {
    process.chdir(config.taskRoot);
    const handler = await load(config.taskRoot, process.env._HANDLER);
    const major = Number((/^nodejs(\d+)/.exec(config.runtime) || [])[1]);
    if (major >= 24 && handler.length >= 3 && !handler[streaming]) throw fault("CallbackHandlerDeprecated", callbacksGone);
    runtime = new Runtime(api, handler);
  } catch (e) {
    logError("Init Error", e);
    initFailed(e, 1);
    return;
  }
  runtime.next();
}

function readConfig() {
  const chunks = [];
  const buffer = Buffer.alloc(65536);
  for (;;) {
    let n;
    try {
      n = fs.readSync(0, buffer, 0, buffer.length, null);
    } catch (e) {
      if (e.code === "EAGAIN") continue;
      if (e.code === "EOF") n = 0;
      else throw e;
    }
    if (n === 0) process.exit(0); // never wanted
    const end = buffer.subarray(0, n).indexOf(10);
    chunks.push(Buffer.from(buffer.subarray(0, end < 0 ? n : end)));
    if (end >= 0) return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  }
}

run(readConfig());
