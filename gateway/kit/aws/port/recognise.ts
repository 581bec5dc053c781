/** Which service a request is for: its host or path where a service has its own, credential scope, `X-Amz-Target`, query-protocol action, else S3. */
import { FormError, parseForm } from '../codec/form-decode.ts';
import { AwsError } from '../definition.ts';
import type { RequestSignature } from '../sigv4/index.ts';
import type { Exchange } from './exchange.ts';
import { isFormPost, isFormType, serviceNotHere } from './fallback.ts';
import type { HostStyle } from './host.ts';
import type { RegisteredService, ServiceRegistry } from './registry.ts';

export type Recognised =
  | { readonly kind: 'service'; readonly service: RegisteredService }
  /** An unsigned form post: only its body tells. */
  | { readonly kind: 'form' };

/** @throws AwsError when the service is none of this gateway's */
export function recognise(
  exchange: Exchange,
  signature: RequestSignature | undefined,
  registry: ServiceRegistry,
  hosts: HostStyle,
): Recognised {
  if (registry.hasHosts) {
    const service = registry.byPlace(hosts.placeOf(exchange.headers.text('host') ?? '', exchange.url.path));
    if (service !== undefined) return { kind: 'service', service };
  }
  if (signature !== undefined) {
    const { service: name } = signature.scope;
    return found(registry.bySigningName(name, speaksQuery(exchange)), name);
  }
  const target = exchange.headers.text('x-amz-target');
  if (target !== undefined) return found(registry.byTarget(target), target);
  if (registry.hasQueryServices) {
    const action = exchange.url.query === '' ? undefined : exchange.query.get('Action');
    if (action !== undefined && exchange.url.path === '/') {
      return found(registry.byAction(action, exchange.query.get('Version')), action);
    }
    if (isFormPost(exchange)) return { kind: 'form' };
  }
  return found(registry.bySigningName('s3'), 's3');
}

/**
 * `Authorization` of another scheme at a host or path that is one operation: whoever stands behind that reads it (tokens for functions), and
 * here it is nobody's signature.
 */
export function isForItsPlace(
  { headers, url }: Exchange,
  registry: ServiceRegistry,
  hosts: HostStyle,
): boolean {
  if (!registry.hasHosts) return false;
  const authorization = headers.text('authorization');
  if (authorization === undefined || /^AWS(?:4-|\s|$)/.test(authorization)) return false;
  return registry.byPlace(hosts.placeOf(headers.text('host') ?? '', url.path)) !== undefined;
}

/** @throws AwsError */
export function serviceOfForm(
  fields: ReadonlyMap<string, string>,
  registry: ServiceRegistry,
): RegisteredService {
  const action = fields.get('Action');
  if (action === undefined) throw new AwsError('MissingAction', 400, 'The request names no Action.');
  const service = registry.byAction(action, fields.get('Version'));
  if (service === undefined) throw new AwsError('InvalidAction', 400, `Could not find operation ${action}`);
  return service;
}

/** Fields of a query-protocol request: the body's, for GET the query's. @throws AwsError */
export function formFields(exchange: Exchange, body: Uint8Array): ReadonlyMap<string, string> {
  if (body.length === 0) return exchange.query;
  try {
    return parseForm(body);
  } catch (error) {
    if (error instanceof FormError) throw new AwsError('MalformedInput', 400, error.message);
    throw error;
  }
}

/** Requests for a queue go to its own path. */
function speaksQuery(exchange: Exchange): boolean {
  if (exchange.headers.has('x-amz-target')) return false;
  return isFormType(exchange) || (exchange.url.query !== '' && exchange.query.has('Action'));
}

function found(service: RegisteredService | undefined, name: string): Recognised {
  if (service === undefined) throw serviceNotHere(name);
  return { kind: 'service', service };
}
