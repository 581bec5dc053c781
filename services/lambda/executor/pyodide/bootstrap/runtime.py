"""What handlers of Python see of Lambda (developer guide, "Building Lambda functions with Python"): loading, context, logging, errors.

Run in the interpreter by main.mjs. Answers are texts whose first letter says what they are: R a result, E an error, X an exit code.
"""
import importlib
import json
import logging
import os
import random
import sys
import time
import traceback
import types
from datetime import datetime, timezone
from decimal import Decimal
from urllib.parse import unquote

_request = {"id": None}
_found = {"handler": None}
_is_json = False
_LEVELS = {"TRACE": logging.DEBUG, "FATAL": logging.CRITICAL}
_RECORD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def set_up(text):
    """The process as Lambda's: variables, where modules are looked for, logging."""
    global _is_json
    told = json.loads(text)
    root, layers, variables = told["root"], told["layers"], told["variables"]
    os.environ.clear()
    os.environ.update(variables)
    # The memory that this began with is that of others, too.
    random.seed()
    os.chdir(root)
    version = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    asked = f"lib/{variables['AWS_EXECUTION_ENV'].removeprefix('AWS_Lambda_')}/site-packages"
    folders = [f"{layer}/python{below}" for layer in layers for below in (f"/{asked}", f"/{version}", "")]
    sys.path[:] = [root, *dict.fromkeys(folders), *[path for path in sys.path if path]]
    # /var/task cannot be written.
    sys.dont_write_bytecode = True
    # Below a browser urllib3 asks by fetch, which cannot send all headers. Here are sockets.
    plain = types.ModuleType("urllib3.contrib.emscripten")
    plain.inject_into_urllib3 = lambda: None
    sys.modules[plain.__name__] = plain
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    _is_json = variables.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"
    handler = _LogHandler()
    logging.root.addHandler(handler)
    if _is_json:
        level = variables.get("AWS_LAMBDA_LOG_LEVEL", "INFO")
        logging.root.setLevel(_LEVELS.get(level, getattr(logging, level, logging.INFO)))


def load(name):
    """Finds the handler: `module.function`, `folder/module.function`."""
    module, dot, function = name.rpartition(".")
    if not dot:
        return _fault("MalformedHandlerName", f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)")
    # Folders may be written with slashes.
    path = module.replace("/", ".")
    if path.split(".")[0] in sys.builtin_module_names:
        return _fault("BuiltInModuleConflict", f"Cannot use built-in module {module} as a handler module")
    try:
        found = importlib.import_module(path)
    except ImportError as error:
        return _fault("ImportModuleError", f"Unable to import module '{module}': {error}")
    except SyntaxError as error:
        line = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        return _fault("UserCodeSyntaxError", f"Syntax error in module '{module}': {error}", [line])
    except SystemExit as ended:
        return _exit(ended)
    except Exception as error:
        return _failure(error)
    if not hasattr(found, function):
        return _fault("HandlerNotFound", f"Handler '{function}' missing on module '{module}'")
    _found["handler"] = getattr(found, function)
    return "R"


def invoke(payload, headers):
    context = LambdaContext(dict(json.loads(headers)))
    _request["id"] = context.aws_request_id
    try:
        try:
            event = json.loads(payload)
        except ValueError as error:
            return _fault("UnmarshalError", f"Unable to unmarshal input: {error}")
        result = _found["handler"](event, context)
        try:
            return "R" + _to_json(result)
        except (TypeError, ValueError) as error:
            return _fault("MarshalError", f"Unable to marshal response: {error}")
    except SystemExit as ended:
        return _exit(ended)
    except Exception as error:
        return _failure(error)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


class LambdaContext:
    """The handler's second argument."""

    def __init__(self, headers):
        self._deadline = int(headers["lambda-runtime-deadline-ms"])
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("lambda-runtime-trace-id", "")
        environ = os.environ
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.log_group_name = environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.function_name = environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.memory_limit_in_mb = environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.function_version = environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.invoked_function_arn = unquote(headers["lambda-runtime-invoked-function-arn"])
        client = _document(headers, "lambda-runtime-client-context")
        self.client_context = None if client is None else ClientContext(client)
        self.identity = CognitoIdentity(_document(headers, "lambda-runtime-cognito-identity") or {})

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        print(message)

    def __repr__(self):
        members = (f"{name}={value}" for name, value in vars(self).items() if not name.startswith("_"))
        return f"LambdaContext([{','.join(members)}])"


class CognitoIdentity:
    def __init__(self, told):
        self.cognito_identity_id = told.get("cognitoIdentityId")
        self.cognito_identity_pool_id = told.get("cognitoIdentityPoolId")

    def __repr__(self):
        return f"CognitoIdentity([cognito_identity_id={self.cognito_identity_id},cognito_identity_pool_id={self.cognito_identity_pool_id}])"


class Client:
    def __init__(self, told):
        for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"):
            setattr(self, name, told.get(name))


class ClientContext:
    def __init__(self, told):
        self.custom = told.get("custom")
        self.env = told.get("env")
        client = told.get("client")
        self.client = None if client is None else Client(client)


class _LogHandler(logging.Handler):
    """A record is one line, with carriage returns for its line feeds, which whoever reads turns back."""

    def emit(self, record):
        try:
            sys.stdout.write(self.format(record).replace("\n", "\r") + "\n")
            sys.stdout.flush()
        except Exception:
            self.handleError(record)

    def format(self, record):
        return _as_json(record) if _is_json else _AS_TEXT.format(record)


class _Text(logging.Formatter):
    converter = time.gmtime

    def format(self, record):
        record.aws_request_id = _request["id"] or ""
        return super().format(record)


_AS_TEXT = _Text("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S")


def _as_json(record):
    told = {"timestamp": _time(record.created), "level": record.levelname, "message": record.getMessage(), "logger": record.name}
    if record.exc_info and record.exc_info[1] is not None:
        _, error, trace = record.exc_info
        told.update(stackTrace=_frames(trace), errorType=type(error).__name__, errorMessage=str(error))
        told["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
    told.update({name: value for name, value in vars(record).items() if name not in _RECORD})
    if _request["id"]:
        told["requestId"] = _request["id"]
    return json.dumps(told, default=str, ensure_ascii=False)


def _time(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _frames(trace):
    frames = [frame for frame in traceback.extract_tb(trace) if frame.filename != "<runtime>"]
    while frames and frames[0].filename.startswith("<frozen importlib"):
        frames.pop(0)
    return [f'  File "{at.filename}", line {at.lineno}, in {at.name}\n    {at.line}\n' for at in frames]


def _fault(kind, message, trace=()):
    return _told(f"Runtime.{kind}", message, list(trace))


def _failure(error):
    return _told(type(error).__name__, str(error), _frames(error.__traceback__))


def _told(kind, message, trace):
    request = _request["id"] or ""
    error = {"errorMessage": message, "errorType": kind, "requestId": request, "stackTrace": trace}
    if _is_json:
        line = json.dumps({"timestamp": _time(time.time()), "log_level": "ERROR", **error}, ensure_ascii=False)
    else:
        lines = [f"[ERROR] {kind}: {message}", "Traceback (most recent call last):"]
        for element in trace:
            # Spaces at the start of a line are shown by no-break spaces.
            lines += ["\u00a0" * (len(line) - len(line.lstrip(" "))) + line.lstrip(" ") for line in element.splitlines()]
        line = "\n".join(lines).replace("\n", "\r")
    print(line)
    return "E" + json.dumps(error)


def _exit(ended):
    code = ended.code
    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
    return f"X{0 if code is None else code & 255 if isinstance(code, int) else 1}"


def _plain(value):
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _to_json(value):
    text = json.dumps(value, default=_plain, ensure_ascii=False)
    # Halves of characters can only be written as escapes.
    return text if text.isascii() or _is_whole(text) else json.dumps(value, default=_plain)


def _is_whole(text):
    try:
        text.encode()
        return True
    except UnicodeEncodeError:
        return False


def _document(headers, name):
    return json.loads(unquote(headers[name])) if name in headers else None
