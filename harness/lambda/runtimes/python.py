# The Python runtime: the client of the Lambda Runtime API that runs a handler,
# and the server that forks environments from one warm interpreter.
#
# It is read from stdin by a line of Python and run as __main__ is. After it come
# messages: four bytes of length, then JSON. In an environment of its own
# process one message tells which code to run; a fork server gets one for each
# fork.
import decimal
import importlib
import importlib.machinery
import json
import linecache
import logging
import math
import os
import signal
import socket
import struct
import sys
import time
import traceback
import types

STDLIB = os.path.dirname(os.path.realpath(os.__file__))


class Fault(Exception):
    """An error with a name of Lambda's own."""

    def __init__(self, error_type, message, trace=None):
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.trace = trace or []


# --- results -----------------------------------------------------------------


class Encoder(json.JSONEncoder):
    """Writes results as AWS's runtime does: NaN stays NaN, a Decimal is its
    digits, a named tuple is an object, and from Python 3.12 on letters beyond
    ASCII stay letters."""

    def __init__(self, runtime):
        major_minor = tuple(int(n) for n in runtime[len("python"):].split(".")[:2])
        super().__init__(ensure_ascii=major_minor < (3, 12))
        self.digits = []
        self.mark = "\x00decimal-%d:" % os.getpid()
        self.written_mark = json.dumps(self.mark)[1:-1]

    def default(self, o):
        if isinstance(o, decimal.Decimal):
            if o.is_nan():
                return math.nan
            self.digits.append(str(o))
            return self.mark + str(len(self.digits) - 1)
        return super().default(o)

    def result(self, o):
        if holds_named_tuple(o):
            o = plain(o)
        self.digits = []
        text = self.encode(o)
        if not self.ensure_ascii and ("\u2028" in text or "\u2029" in text):
            text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        for i, digits in enumerate(self.digits):
            text = text.replace('"%s%d"' % (self.written_mark, i), digits)
        return text.encode("utf-8", "surrogatepass")


def holds_named_tuple(o):
    t = type(o)
    if t is dict:
        for v in o.values():
            if type(v) not in SCALARS and holds_named_tuple(v):
                return True
        return False
    if t is list or t is tuple:
        for v in o:
            if type(v) not in SCALARS and holds_named_tuple(v):
                return True
        return False
    return isinstance(o, tuple) and callable(getattr(o, "_asdict", None))


SCALARS = frozenset((str, int, float, bool, type(None), bytes))


def plain(o):
    if isinstance(o, tuple) and callable(getattr(o, "_asdict", None)):
        o = dict(o._asdict())
    if isinstance(o, dict):
        return {k: plain(v) for k, v in o.items()}
    if isinstance(o, (list, tuple)):
        return [plain(v) for v in o]
    return o


# --- the Runtime API -----------------------------------------------------------


class RuntimeAPI:
    """A client that keeps one connection. An answer goes out together with the
    question for the next event: one trip instead of two."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.connect((host.encode("ascii"), int(port)))  # text would load the idna codec first
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.get_next = (
            "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\nUser-Agent: rehearse-python\r\n\r\n" % address
        ).encode("ascii")
        self.post_head = "POST /2018-06-01/runtime/%s HTTP/1.1\r\nHost: " + address + "\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n"
        self.answer = None
        self.received = b""

    def next(self):
        if self.answer is None:
            self.socket.sendall(self.get_next)
        elif len(self.answer) < 1 << 16:
            self.socket.sendall(self.answer + self.get_next)
            self.receive()
        else:
            self.socket.sendall(self.answer)
            self.receive()
            self.socket.sendall(self.get_next)
        self.answer = None
        return self.receive()

    def respond(self, request_id, body, content_type):
        self.answer = self.post("invocation/%s/response" % request_id, body, content_type)

    def fail(self, request_id, error):
        self.answer = self.post("invocation/%s/error" % request_id, *error_body(error))

    def fail_init(self, error):
        self.socket.sendall(self.post("init/error", *error_body(error)))
        self.receive()

    def post(self, path, body, content_type, error_type=None):
        extra = ""
        if error_type is not None:
            safe = "".join(c for c in error_type if 0x20 <= ord(c) < 0x7F)
            extra = "Lambda-Runtime-Function-Error-Type: %s\r\n" % safe
        return (self.post_head % (path, content_type, extra, len(body))).encode("ascii") + body

    def receive(self):
        data = self.received
        end = data.find(b"\r\n\r\n")
        while end < 0:
            more = self.socket.recv(65536)
            if not more:
                os._exit(0)  # the environment is taken away
            data += more
            end = data.find(b"\r\n\r\n")
        headers = {}
        for line in data[:end].decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        need = end + 4 + int(headers["content-length"])
        if len(data) < need:
            parts, size = [data], len(data)
            while size < need:
                more = self.socket.recv(min(need - size, 1 << 20))
                if not more:
                    os._exit(0)
                parts.append(more)
                size += len(more)
            data = b"".join(parts)
        self.received = data[need:]
        return headers, data[end + 4:need]


def error_body(error):
    return (Encoder(RUNTIME).result(error), "application/json", error["errorType"])


# --- errors --------------------------------------------------------------------


def make_error(message, error_type, trace, request_id=""):
    return {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": trace}


def as_on_aws(name):
    """The path a file has in a stack trace on AWS."""
    for real, shown in PLACES:
        if name.startswith(real):
            return shown + name[len(real):].replace(os.sep, "/")
    return name


def stack(tb):
    frames = [f for f in traceback.extract_tb(tb)]
    while frames and frames[0].filename == __file__:
        frames.pop(0)
    return traceback.format_list([(as_on_aws(f.filename), f.lineno, f.name, f.line) for f in frames])


def error_of(exception, request_id=""):
    if isinstance(exception, Fault):
        return make_error(exception.message, exception.error_type, exception.trace, request_id)
    return make_error(str(exception), type(exception).__name__, stack(exception.__traceback__), request_id)


def log_error(error):
    lines = ["[ERROR]"]
    if error["errorType"]:
        lines[0] += " " + error["errorType"]
    if error["errorMessage"]:
        lines[0] += (":" if error["errorType"] else "") + " " + error["errorMessage"]
    lines.append("Traceback (most recent call last):")
    for entry in error["stackTrace"]:
        lines += entry.splitlines()
    sys.stdout.write("\n".join(lines) + "\n")


# --- what the handler sees -------------------------------------------------------


class CognitoIdentity:
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    def __repr__(self):
        return "CognitoIdentity([cognito_identity_id=%s,cognito_identity_pool_id=%s])" % (
            self.cognito_identity_id,
            self.cognito_identity_pool_id,
        )


class Client:
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext:
    __slots__ = ("custom", "env", "client")


class LambdaContext:
    def __init__(self, headers):
        environ = os.environ
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = None
        self.client_context = client_context(headers.get("lambda-runtime-client-context"))
        self.identity = CognitoIdentity()
        self.identity.cognito_identity_id = None
        self.identity.cognito_identity_pool_id = None
        self._epoch_deadline_time_in_ms = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(self._epoch_deadline_time_in_ms - int(time.time() * 1000), 0)

    def log(self, msg):
        sys.stdout.write(str(msg))

    def __repr__(self):
        names = (
            "aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
            "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id",
        )
        return "LambdaContext([%s])" % ",".join("%s=%s" % (n, getattr(self, n)) for n in names)


def client_context(text):
    if not text:
        return None
    try:
        given = json.loads(text)
    except ValueError as e:
        raise Fault("Runtime.LambdaContextUnmarshalError", "Unable to parse Client Context JSON: %s" % e)
    c = ClientContext()
    c.custom, c.env, c.client = given.get("custom"), given.get("env"), None
    if isinstance(given.get("client"), dict):
        c.client = Client()
        for name in Client.__slots__:
            setattr(c.client, name, given["client"].get(name))
    return c


class LambdaHandler(logging.Handler):
    """What the root logger has on AWS."""

    request_id = ""

    def __init__(self):
        super().__init__()
        formatter = logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n", "%Y-%m-%dT%H:%M:%S"
        )
        formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def emit(self, record):
        record.aws_request_id = LambdaHandler.request_id
        sys.stdout.write(self.format(record))


# --- one environment ---------------------------------------------------------------


def load(name):
    module_name, dot, function = name.rpartition(".")
    if not dot:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as e:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, e))
    except SyntaxError as e:
        trace = ['  File "%s" Line %s\n    %s' % (as_on_aws(e.filename or ""), e.lineno, e.text)]
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, e), trace)
    try:
        return getattr(module, function)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function, module_name))


def keep_folder_clean(task_root, cache):
    """Compiled user code goes to a folder of the run's, under a time stamp fine
    enough for a file that changes twice in a second."""
    from importlib import _bootstrap_external as external

    original = external.cache_from_source
    root = task_root + os.sep

    def cache_from_source(path, *args, **kwargs):
        if isinstance(path, str) and path.startswith(root):
            path = os.path.join(cache, path.lstrip(os.sep).replace(":", ""))
        return original(path, *args, **kwargs)

    stats = importlib.machinery.SourceFileLoader.path_stats

    def path_stats(self, path):
        if not path.startswith(root):
            return stats(self, path)
        st = os.stat(path)
        return {"mtime": st.st_mtime_ns // 1000, "size": st.st_size}

    external.cache_from_source = cache_from_source
    importlib.machinery.SourceFileLoader.path_stats = path_stats


def run(config):
    """Becomes an environment: never returns."""
    global RUNTIME, PLACES
    task_root = config["taskRoot"]
    RUNTIME = config["runtime"]
    PLACES = [(task_root + os.sep, "/var/task/")]
    packages = "python%d.%d" % sys.version_info[:2]
    path = [task_root]
    for layer in config["layers"]:
        PLACES.append((layer + os.sep, "/opt/"))
        path += [os.path.join(layer, "python", "lib", packages, "site-packages"), os.path.join(layer, "python")]
    PLACES += [(p + os.sep, "/var/task/") for p in sys.path if os.path.basename(p) == "site-packages"]
    PLACES.append((STDLIB + os.sep, "/var/lang/lib/" + packages + "/"))

    os.environ.clear()
    os.environ.update(config["environment"])
    if hasattr(time, "tzset"):
        time.tzset()
    path += [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    sys.path[:] = path + [p for p in sys.path if p]
    sys.argv = ["bootstrap"]
    keep_folder_clean(task_root, config["cache"])
    sys.stdin = open(0, "r", encoding="utf-8", closefd=False)
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
    sys.stderr = sys.__stderr__ = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
    logging.getLogger().addHandler(LambdaHandler())

    api = RuntimeAPI(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        os.chdir(task_root)
        handler = load(os.environ["_HANDLER"])
        encoder = Encoder(RUNTIME)
        while True:
            serve(api, handler, encoder, *api.next())
    except SystemExit as e:
        # As sys.exit leaves a process, without the clean-up of a fork server.
        code = e.code
        if code is not None and not isinstance(code, int):
            sys.stderr.write("%s\n" % (code,))
            code = 1
        flush()
        os._exit((code or 0) & 0xFF)
    except ConnectionError:
        os._exit(0)  # the environment is taken away
    except Exception as e:
        error = error_of(e)
        log_error(error)
        flush()
        api.fail_init(error)
        os._exit(1)


def serve(api, handler, encoder, headers, event):
    request_id = LambdaHandler.request_id = headers["lambda-runtime-aws-request-id"]
    trace_id = headers.get("lambda-runtime-trace-id")
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    try:
        context = LambdaContext(headers)
        try:
            event = json.loads(event)
        except ValueError as e:
            raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % e)
        result = handler(event, context)
        if isinstance(result, bytes):
            body, content_type = result, "application/unknown"
        else:
            try:
                body, content_type = encoder.result(result), "application/json"
            except Exception as e:
                raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % e)
    except Exception as e:
        error = error_of(e, request_id)
        log_error(error)
        flush()
        api.fail(request_id, error)
        return
    flush()
    api.respond(request_id, body, content_type)


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass  # a handler may close or replace them


# --- the fork server ---------------------------------------------------------------


class ForkServer:
    """Forks environments on demand, and ends them all when its stdin ends."""

    def __init__(self):
        self.control = socket.socket(fileno=os.dup(0))
        self.children = {}  # pid -> id
        self.pids = {}  # id -> pid
        self.woken, wake = os.pipe()
        os.set_blocking(self.woken, False)
        os.set_blocking(wake, False)
        self.wake = wake
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self.die_with_parent = parent_death()

    def serve(self):
        import gc
        import select

        gc.collect()
        gc.freeze()
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.woken, select.POLLIN)
        while True:
            for fd, _ in poll.poll():
                if fd == self.woken:
                    self.reap()
                elif not self.command():
                    for pid in list(self.children):
                        kill_group(pid)
                    os._exit(0)

    def command(self):
        """Does what one message says; False when there will be no more."""
        try:
            head, ancillary, _, _ = self.control.recvmsg(4, socket.CMSG_SPACE(4 * 4))
        except OSError:
            return False
        if not head:
            return False
        fds = []
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds += struct.unpack("%di" % (len(data) // 4), data[: len(data) // 4 * 4])
        while len(head) < 4:
            more = self.control.recv(4 - len(head))
            if not more:
                return False
            head += more
        (size,) = struct.unpack(">I", head)
        body = b""
        while len(body) < size:
            more = self.control.recv(size - len(body))
            if not more:
                return False
            body += more
        message = json.loads(body)
        if message["op"] == "kill":
            pid = self.pids.get(message["id"])
            if pid is not None:
                kill_group(pid)
        else:
            self.fork(message, fds)
        for fd in fds:
            os.close(fd)
        return True

    def fork(self, message, fds):
        number = message["id"]
        try:
            pid = os.fork()
        except OSError as e:
            self.report("exit %d fork: %s" % (number, e.strerror))
            return
        if pid == 0:
            try:
                self.become(message, fds[0])
            except BaseException:
                traceback.print_exc()
            os._exit(70)
        try:
            os.setpgid(pid, pid)
        except OSError:
            pass  # the child was faster
        self.children[pid] = number
        self.pids[number] = pid
        self.report("pid %d %d" % (number, pid))

    def become(self, message, out):
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setpgid(0, 0)
        self.die_with_parent()
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.close(out)
        self.control.close()
        os.close(self.woken)
        os.close(self.wake)
        run(message["config"])

    def reap(self):
        try:
            os.read(self.woken, 4096)
        except BlockingIOError:
            pass
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            number = self.children.pop(pid, None)
            if number is None:
                continue
            self.pids.pop(number, None)
            kill_group(pid)  # what it started and left behind
            if os.WIFSIGNALED(status):
                self.report("exit %d signal %d" % (number, os.WTERMSIG(status)))
            else:
                self.report("exit %d exit status %d" % (number, os.WEXITSTATUS(status)))

    def report(self, line):
        try:
            self.control.sendall((line + "\n").encode("utf-8"))
        except OSError:
            pass  # nobody listens any more; the end of the control socket follows


def kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except OSError:
        pass


def parent_death():
    """On Linux a fork dies with the server, should somebody kill that."""
    if sys.platform != "linux":
        return lambda: None
    try:
        import ctypes

        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except (ImportError, OSError, AttributeError):
        return lambda: None
    return lambda: prctl(1, signal.SIGKILL, 0, 0, 0)


def main():
    if MODE == "fork":
        ForkServer().serve()
    (size,) = struct.unpack(">I", read_exactly(4))
    config = json.loads(read_exactly(size))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    run(config)


main()
