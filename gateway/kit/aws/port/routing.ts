/** From a request to the row of its operation. */
import type { AwsServiceDefinition } from '../definition.ts';
import { notImplemented, unknownOperation } from '../error-family.ts';
import type { Exchange } from './exchange.ts';
import type { HostStyle } from './host.ts';
import type { AnyRow, RegisteredService } from './registry.ts';

export interface Routed {
  readonly row: AnyRow;
  /** Still percent-encoded. */
  readonly labels: Readonly<Record<string, string>>;
}

export const noLabels: Readonly<Record<string, string>> = {};

/** Routes REST and JSON requests; the query protocol's action stands in the body, see `rowOf`. @throws AwsError */
export function route(exchange: Exchange, service: RegisteredService, hosts: HostStyle): Routed {
  const { definition, router, family } = service;
  if (router === undefined)
    return { row: rowOf(exchange, service, targetOperation(exchange, service)), labels: noLabels };
  const host = exchange.headers.text('host') ?? '';
  if (definition.hosts !== undefined) {
    const place = hosts.placeOf(host, exchange.url.path);
    if (definition.hosts.matches(place.host, place.path))
      return { row: rowOf(exchange, service, definition.hosts.operation), labels: noLabels };
  }
  const request = {
    method: exchange.method,
    rawPath: routedPath(exchange.url.path, host, definition, hosts),
    host,
    query: exchange.query,
    header: (name: string) => exchange.headers.text(name),
  };
  const found = router(request);
  const operation = definition.route?.(request) ?? found?.operation;
  if (operation === undefined) throw unknownOperation(family, exchange.method);
  return { row: rowOf(exchange, service, operation), labels: found?.labels ?? noLabels };
}

/** @throws AwsError for an operation that AWS does not have, or that is not built here */
export function rowOf(exchange: Exchange, service: RegisteredService, name: string): AnyRow {
  const row = service.rows.get(name);
  if (row !== undefined) {
    exchange.operation = name;
    return row;
  }
  if (!Object.hasOwn(service.definition.schemas.operations, name))
    throw unknownOperation(service.family, name);
  exchange.operation = name;
  throw notImplemented(service.family, name);
}

/** Virtual-host requests get their bucket in front; the signature is checked on the URL as sent. */
function routedPath(path: string, host: string, definition: AwsServiceDefinition, hosts: HostStyle): string {
  if (definition.signingName !== 's3') return path;
  const bucket = hosts.bucketOf(host);
  if (bucket === undefined) return path;
  return path === '/' ? `/${bucket}` : `/${bucket}${path}`;
}

function targetOperation(exchange: Exchange, service: RegisteredService): string {
  const target = exchange.headers.text('x-amz-target') ?? '';
  const dot = target.lastIndexOf('.');
  const { targetPrefix } = service.definition;
  if (targetPrefix !== undefined && target.slice(0, Math.max(dot, 0)) !== targetPrefix) {
    throw unknownOperation(service.family, target);
  }
  return target.slice(dot + 1);
}
