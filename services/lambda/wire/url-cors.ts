/** Cross-origin requests to function URLs (Fetch standard, "CORS protocol"): preflights, and what answers say beside their own headers. */

/** As the URL is configured. */
export interface UrlCorsRules {
  readonly allowCredentials?: boolean | undefined;
  readonly allowHeaders?: readonly string[] | undefined;
  readonly allowMethods?: readonly string[] | undefined;
  readonly allowOrigins?: readonly string[] | undefined;
  readonly exposeHeaders?: readonly string[] | undefined;
  readonly maxAgeSeconds?: number | undefined;
}

type Header = (name: string) => string | undefined;
type Headers = Readonly<Record<string, string>>;

/**
 * @param header of the request
 * @returns the headers of an empty answer 200 when the request is a preflight, which the function does not see
 */
export function preflight(rules: UrlCorsRules, method: string, header: Header): Headers | undefined {
  const asked = header('access-control-request-method');
  if (method !== 'OPTIONS' || asked === undefined || header('origin') === undefined) return undefined;
  const origin = originHeaders(rules, header('origin'));
  if (origin['access-control-allow-origin'] === undefined) return origin;
  const names = header('access-control-request-headers');
  const allowed = list(rules.allowHeaders, rules.allowCredentials === true ? names : '*');
  const methods = list(rules.allowMethods, rules.allowCredentials === true ? asked : '*');
  return {
    ...origin,
    ...(allowed === undefined ? {} : { 'access-control-allow-headers': allowed }),
    ...(methods === undefined ? {} : { 'access-control-allow-methods': methods }),
    ...(rules.maxAgeSeconds === undefined ? {} : { 'access-control-max-age': String(rules.maxAgeSeconds) }),
  };
}

/** @returns the answer's headers: what the URL is configured to say stands for what the function says of it */
export function withCors(rules: UrlCorsRules | undefined, header: Header, headers: Headers): Headers {
  if (rules === undefined) return headers;
  const own = Object.entries(headers).filter(([name]) => !name.startsWith('access-control-'));
  const { vary: asked, ...origin } = originHeaders(rules, header('origin'));
  const vary = [headers.vary, asked].filter((one) => one !== undefined).join(', ');
  const exposed = list(rules.exposeHeaders, undefined);
  const isAllowed = origin['access-control-allow-origin'] !== undefined;
  return {
    ...Object.fromEntries(own),
    ...origin,
    ...(vary === '' ? {} : { vary }),
    ...(isAllowed && exposed !== undefined ? { 'access-control-expose-headers': exposed } : {}),
  };
}

function originHeaders(rules: UrlCorsRules, origin: string | undefined): Headers {
  const { allowOrigins = [], allowCredentials } = rules;
  const isEveryones = allowOrigins.includes('*') && allowCredentials !== true;
  // Answers that depend on the origin must not be kept for another one.
  const vary: Headers = isEveryones ? {} : { vary: 'Origin' };
  if (origin === undefined || !allowOrigins.some((pattern) => matches(pattern, origin))) return vary;
  return {
    ...vary,
    'access-control-allow-origin': isEveryones ? '*' : origin,
    ...(allowCredentials === true ? { 'access-control-allow-credentials': 'true' } : {}),
  };
}

/** `*` alone stands for every origin, and within a pattern for a part of one. Linear in both: what is matched first is never given back. */
function matches(pattern: string, origin: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return pattern === origin;
  if (!origin.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = origin.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return origin.length - last.length >= at && origin.endsWith(last);
}

/** @param everything what a `*` is shown as: with credentials it would be taken for a name */
function list(values: readonly string[] | undefined, everything: string | undefined): string | undefined {
  if (values === undefined || values.length === 0) return undefined;
  return values.includes('*') && everything !== undefined ? everything : values.join(',');
}
