/**
 * What a function answered, as the answer of its URL
 * (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads, "Response payload format").
 */
import { urlLimits } from './limits.ts';

export interface UrlAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Each one a `Set-Cookie` header. */
  readonly cookies: readonly string[];
  readonly body: Uint8Array;
}

type AnswerHead = Omit<UrlAnswer, 'body'>;

/** A function that failed, or whose answer makes no sense. */
export const badGateway: UrlAnswer = {
  status: 502,
  headers: { 'content-type': 'application/json' },
  cookies: [],
  body: Buffer.from('Internal Server Error'),
};

/** @param payload JSON. */
export function urlAnswer(payload: Uint8Array): UrlAnswer {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8');
  const value = parsed(text);
  if (value === undefined) return badGateway;
  if (!isMembers(value) || value.statusCode === undefined) {
    const body = Buffer.from(typeof value === 'string' ? value : text);
    return { status: 200, headers: { 'content-type': 'application/json' }, cookies: [], body };
  }
  const head = headOf(value);
  const body = bodyOf(value);
  if (head === undefined || body === undefined) return badGateway;
  return { ...head, body: bodiless(head.status) ? Buffer.alloc(0) : body };
}

/**
 * Of an answer in pieces.
 * @param prelude of `HttpResponseStream.from`, JSON
 * @returns undefined when it makes no sense
 */
export function streamHead(contentType: string, prelude: string | undefined): AnswerHead | undefined {
  const blank = { status: 200, headers: { 'content-type': contentType }, cookies: [] };
  if (prelude === undefined) return fitting(blank);
  const value = parsed(prelude);
  if (!isMembers(value)) return undefined;
  return headOf({ statusCode: 200, ...value }, contentType);
}

const bodiless = (status: number): boolean => status === 204 || status === 304;

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function headOf({ statusCode, headers, cookies }: Members, type = 'application/json') {
  const status = statusOf(statusCode);
  const own = headersOf(headers ?? {});
  const set = cookies ?? [];
  if (status === undefined || own === undefined || !Array.isArray(set)) return undefined;
  if (!set.every((one) => typeof one === 'string')) return undefined;
  return fitting({ status, headers: { 'content-type': type, ...own }, cookies: set });
}

/** What would end the head early, or is larger than clients take, is no answer. */
function fitting(head: AnswerHead): AnswerHead | undefined {
  const fields = [
    ...Object.entries(head.headers),
    ...head.cookies.map((one) => ['set-cookie', one] as const),
  ];
  const bytes = fields.reduce((sum, [name, value]) => sum + name.length + Buffer.byteLength(value), 0);
  const isSound = fields.every(([name, value]) => token.test(name) && fieldValue.test(value));
  return isSound && fields.length <= urlLimits.headersMax && bytes <= urlLimits.headerBytesMax
    ? head
    : undefined;
}

/** A number, or its digits. Answers before the final one are not a function's to give. */
function statusOf(value: unknown): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599
    ? status
    : undefined;
}

/** RFC 9110, section 5.1 and 5.5. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Those that are about the connection, which is the gateway's, arrive under another name, as on AWS. */
const remapped = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'proxy-authenticate',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function headersOf(value: unknown): Record<string, string> | undefined {
  if (!isMembers(value)) return undefined;
  const headers = new Map<string, string>();
  for (const [name, one] of Object.entries(value)) {
    if (one === null || !['string', 'number', 'boolean'].includes(typeof one)) return undefined;
    const lower = name.toLowerCase();
    headers.set(remapped.has(lower) ? `x-amzn-remapped-${lower}` : lower, String(one));
  }
  return Object.fromEntries(headers);
}

const base64Form = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;

function bodyOf({ body, isBase64Encoded }: Members): Buffer | undefined {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body !== 'string') return undefined;
  if (isBase64Encoded !== true) return Buffer.from(body);
  return base64Form.test(body) ? Buffer.from(body, 'base64') : undefined;
}
