/**
 * Requests to function URLs as events of payload format 2.0
 * (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads).
 */
import { isUtf8 } from 'node:buffer';

export interface UrlRequest {
  readonly urlId: string;
  readonly method: string;
  /** As sent: before the question mark, and behind it. */
  readonly rawPath: string;
  readonly rawQuery: string;
  /** Names in lower case, repeated fields joined by commas. */
  readonly headers: Iterable<readonly [string, string]>;
  readonly body: Uint8Array;
  /** With the port, as the client named it. */
  readonly host: string;
  /** Path that the function is behind; empty unless it is behind one. */
  readonly prefix?: string;
  readonly sourceIp: string;
  readonly requestId: string;
  readonly traceId: string;
  readonly timeMs: number;
  readonly isSecure: boolean;
  /** Who signed it; undefined where nobody had to. */
  readonly caller?: UrlCaller;
}

export interface UrlCaller {
  readonly accessKeyId: string;
  readonly accountId: string;
  readonly userId: string;
  readonly arn: string;
}

/** The payload of the invocation: JSON. */
export function urlEvent(request: UrlRequest): Buffer {
  const headers = Object.fromEntries(request.headers);
  const { method, rawPath, rawQuery, sourceIp, urlId } = request;
  const domainName = hostName(request.host);
  const { body, isBase64Encoded } = bodyOf(request.body, headers);
  return Buffer.from(
    JSON.stringify({
      version: '2.0',
      routeKey: '$default',
      rawPath,
      rawQueryString: rawQuery,
      ...(headers.cookie === undefined ? {} : { cookies: cookiesOf(headers.cookie) }),
      headers: {
        ...headers,
        // What a client writes here itself is not believed.
        'x-forwarded-for': sourceIp,
        'x-forwarded-proto': request.isSecure ? 'https' : 'http',
        'x-forwarded-port': request.host.slice(domainName.length + 1) || (request.isSecure ? '443' : '80'),
        ...(request.prefix ? { 'x-forwarded-prefix': request.prefix } : {}),
        'x-amzn-trace-id': request.traceId,
      },
      ...(rawQuery === '' ? {} : { queryStringParameters: parametersOf(rawQuery) }),
      requestContext: {
        accountId: request.caller?.accountId ?? 'anonymous',
        apiId: urlId,
        ...(request.caller === undefined ? {} : { authorizer: { iam: iamOf(request.caller) } }),
        domainName,
        domainPrefix: urlId,
        http: {
          method,
          path: rawPath,
          protocol: 'HTTP/1.1',
          sourceIp,
          userAgent: headers['user-agent'] ?? '',
        },
        requestId: request.requestId,
        routeKey: '$default',
        stage: '$default',
        time: timeOf(request.timeMs),
        timeEpoch: request.timeMs,
      },
      ...(request.body.length === 0 ? {} : { body }),
      isBase64Encoded,
    }),
  );
}

function iamOf({ accessKeyId, accountId, userId, arn }: UrlCaller) {
  return {
    accessKey: accessKeyId,
    accountId,
    callerId: userId,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: arn,
    userId,
  };
}

const hostName = (host: string): string => host.replace(/:\d*$/, '');

function cookiesOf(header: string): string[] {
  return header
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** Decoded; values of one name are joined by commas. */
function parametersOf(query: string): Record<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const before = parameters.get(name);
    parameters.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(parameters);
}

const textTypes = /^(?:text\/[^;]+|application\/(?:json|javascript|xml|[^;]+\+(?:json|xml)))\s*(?:;|$)/i;

/** Text stays text if it says that it is, and is; everything else is base64. */
function bodyOf(body: Uint8Array, headers: Readonly<Record<string, string>>) {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (bytes.length === 0) return { body: '', isBase64Encoded: false };
  const isText = textTypes.test(headers['content-type'] ?? '') && headers['content-encoding'] === undefined;
  if (isText && isUtf8(bytes)) return { body: bytes.toString('utf8'), isBase64Encoded: false };
  return { body: bytes.toString('base64'), isBase64Encoded: true };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12/Mar/2020:19:03:58 +0000` */
function timeOf(ms: number): string {
  const iso = new Date(ms).toISOString();
  const [year, month, day] = iso.slice(0, 10).split('-');
  return `${day}/${months[Number(month) - 1]}/${year}:${iso.slice(11, 19)} +0000`;
}
