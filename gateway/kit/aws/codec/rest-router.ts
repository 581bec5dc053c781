/**
 * Routes requests of REST protocols to operations from the schemas' method, path and query, plus what a service adds.
 *
 * Among operations of one method and path the one with most requirements wins: fixed query parameters of the URI,
 * then, where operations would still be alike, their required query and header members (ListParts needs `uploadId`,
 * CopyObject `x-amz-copy-source`) or, instead, the service's discriminators. `x-id` only names the operation for logs
 * and is not asked for. A request that names a sub-resource (`?versioning`) with a method that has no operation for it
 * has no route: falling back to the plain operation would make `DELETE /bucket?versioning` delete the bucket.
 */
import type {
  OperationSchema,
  RouteDiscriminators,
  RouteRequest,
  RouteRequirement,
  ServiceSchemas,
} from '../definition.ts';
import { structureOf } from './schema.ts';

export interface Route {
  readonly operation: string;
  /** By label name, as sent: still percent-encoded. */
  readonly labels: Readonly<Record<string, string>>;
}

export type RestRouter = (request: RouteRequest) => Route | undefined;

interface Candidate {
  readonly operation: string;
  readonly pattern: Pattern;
  readonly query: readonly string[];
  /** Parallel to `query`: the value it must have, or undefined for any. */
  readonly values: readonly (string | undefined)[];
  readonly headers: readonly string[];
  /** Fixed query names without a value. */
  readonly subresources: readonly string[];
}

interface Pattern {
  readonly segments: readonly Segment[];
  readonly greedy: boolean;
}
type Segment = { readonly literal: string } | { readonly label: string };

/** Candidates of one method and path shape. */
interface Group {
  readonly pattern: Pattern;
  /** By the first query parameter they need, most demanding first. */
  readonly byQuery: Map<string, Candidate[]>;
  /** Those that need no query parameter. */
  readonly plain: Candidate[];
  /** Sub-resources of this path shape under any method. */
  readonly subresources: ReadonlySet<string>;
}

/** @throws when two operations cannot be told apart: a new SDK snapshot needs a discriminator */
export function createRestRouter(
  schemas: ServiceSchemas,
  discriminators: RouteDiscriminators = {},
): RestRouter {
  for (const name of Object.keys(discriminators)) {
    if (schemas.operations[name] === undefined)
      throw new Error(`${schemas.service}: no operation ${name} to route`);
  }
  const groups = buildGroups(collectCandidates(schemas, discriminators));
  return (request) => {
    const ofMethod = groups.get(request.method);
    if (ofMethod === undefined) return undefined;
    const path = request.rawPath;
    for (const group of ofMethod) {
      const labels = matchPath(group.pattern, path);
      if (labels === undefined) continue;
      const operation = choose(group, request);
      if (operation !== undefined) return { operation, labels };
    }
    return undefined;
  };
}

/** @returns labels of a known operation's path, for services that choose the operation themselves */
export function createLabelReader(
  schemas: ServiceSchemas,
): (operation: string, rawPath: string) => Readonly<Record<string, string>> | undefined {
  const patterns = new Map<string, Pattern>();
  for (const [name, operation] of Object.entries(schemas.operations))
    patterns.set(name, parseUri(operation.uri).pattern);
  return (operation, rawPath) => {
    const pattern = patterns.get(operation);
    return pattern === undefined ? undefined : matchPath(pattern, rawPath);
  };
}

function choose(group: Group, request: RouteRequest): string | undefined {
  const query = request.query;
  let best: Candidate | undefined;
  let named = false;
  if (query.size > 0) {
    for (const name of query.keys()) {
      named ||= group.subresources.has(name);
      const candidates = group.byQuery.get(name);
      if (candidates === undefined) continue;
      const found = firstMatch(candidates, request);
      if (found !== undefined && (best === undefined || compare(found, best) < 0)) best = found;
    }
  }
  if (best === undefined && named) return undefined;
  return (best ?? firstMatch(group.plain, request))?.operation;
}

function firstMatch(candidates: readonly Candidate[], request: RouteRequest): Candidate | undefined {
  for (const candidate of candidates) {
    let matches = true;
    for (let i = 0; matches && i < candidate.query.length; i++) {
      const value = request.query.get(candidate.query[i]!);
      const wanted = candidate.values[i];
      matches = wanted === undefined ? value !== undefined : value === wanted;
    }
    for (let i = 0; matches && i < candidate.headers.length; i++) {
      matches = request.header(candidate.headers[i]!) !== undefined;
    }
    if (matches) return candidate;
  }
  return undefined;
}

/** Most demanding first, then by name so that the order never depends on the snapshot's. */
function compare(a: Candidate, b: Candidate): number {
  const demands = (c: Candidate) => c.query.length + c.headers.length;
  return demands(b) - demands(a) || (a.operation < b.operation ? -1 : 1);
}

function collectCandidates(
  schemas: ServiceSchemas,
  discriminators: RouteDiscriminators,
): (Candidate & { method: string })[] {
  const rows: { name: string; operation: OperationSchema; key: string; uri: ReturnType<typeof parseUri> }[] =
    [];
  for (const [name, operation] of Object.entries(schemas.operations)) {
    if (discriminators[name] === 'unrouted') continue;
    const uri = parseUri(operation.uri);
    rows.push({
      name,
      operation,
      uri,
      key: `${operation.method} ${shapeKey(uri.pattern)} ${uri.query.join('&')}`,
    });
  }
  const sharing = new Map<string, number>();
  for (const { key } of rows) sharing.set(key, (sharing.get(key) ?? 0) + 1);
  return rows.map(({ name, operation, key, uri }) => {
    const extra = discriminators[name] as Exclude<RouteDiscriminators[string], 'unrouted'> | undefined;
    const derived = extra === undefined && sharing.get(key)! > 1;
    const required: RouteRequirement = derived ? requiredBindings(schemas, operation) : (extra ?? {});
    const pairs = new Map<string, string | undefined>();
    for (const item of uri.query) {
      const equals = item.indexOf('=');
      pairs.set(equals < 0 ? item : item.slice(0, equals), equals < 0 ? undefined : item.slice(equals + 1));
    }
    for (const item of required.query ?? []) if (!pairs.has(item)) pairs.set(item, undefined);
    return {
      operation: name,
      method: operation.method,
      pattern: uri.pattern,
      query: [...pairs.keys()],
      values: [...pairs.values()],
      headers: required.headers ?? [],
      subresources: uri.query.filter((item) => !item.includes('=')),
    };
  });
}

function requiredBindings(schemas: ServiceSchemas, operation: OperationSchema): RouteRequirement {
  const query: string[] = [];
  const headers: string[] = [];
  for (const [name, member] of Object.entries(structureOf(schemas, operation.input).members)) {
    if (member.required !== true) continue;
    if (member.location === 'query') query.push(member.locationName ?? name);
    if (member.location === 'header') headers.push(member.locationName ?? name);
  }
  return { query, headers };
}

function buildGroups(candidates: readonly (Candidate & { method: string })[]): Map<string, Group[]> {
  const methods = new Map<string, Map<string, Group>>();
  const seen = new Map<string, string>();
  const subresources = new Map<string, Set<string>>();
  for (const candidate of [...candidates].sort(compare)) {
    const key = shapeKey(candidate.pattern);
    const wanted = candidate.query.map((name, i) => `${name}=${candidate.values[i] ?? '*'}`).sort();
    const identity = [candidate.method, key, ...wanted, ...[...candidate.headers].sort()].join(' ');
    const other = seen.get(identity);
    if (other !== undefined)
      throw new Error(`cannot tell ${candidate.operation} from ${other}: add a discriminator`);
    seen.set(identity, candidate.operation);
    const groups = methods.get(candidate.method) ?? new Map<string, Group>();
    methods.set(candidate.method, groups);
    const named = subresources.get(key) ?? new Set<string>();
    subresources.set(key, named);
    for (const name of candidate.subresources) named.add(name);
    const group: Group = groups.get(key) ?? {
      pattern: candidate.pattern,
      byQuery: new Map(),
      plain: [],
      subresources: named,
    };
    groups.set(key, group);
    const first = candidate.query[0];
    if (first === undefined) group.plain.push(candidate);
    else group.byQuery.set(first, [...(group.byQuery.get(first) ?? []), candidate]);
  }
  return new Map(
    [...methods].map(([method, groups]) => [method, [...groups.values()].sort(moreLiteralFirst)]),
  );
}

function moreLiteralFirst(a: Group, b: Group): number {
  const rank = (group: Group) => group.pattern.segments.map((s) => ('literal' in s ? '0' : '1')).join('');
  if (a.pattern.greedy !== b.pattern.greedy) return a.pattern.greedy ? 1 : -1;
  return rank(a) < rank(b) ? -1 : 1;
}

function parseUri(uri: string): { readonly pattern: Pattern; readonly query: readonly string[] } {
  const question = uri.indexOf('?');
  const path = question < 0 ? uri : uri.slice(0, question);
  const query =
    question < 0
      ? []
      : uri
          .slice(question + 1)
          .split('&')
          .filter((item) => item !== '' && !item.startsWith('x-id='));
  const parts = path.split('/').filter((part) => part !== '');
  const segments = parts.map((part): Segment => {
    const label = /^\{(\w+)\+?\}$/.exec(part)?.[1];
    return label === undefined ? { literal: part } : { label };
  });
  return { pattern: { segments, greedy: /\+\}$/.test(path) }, query };
}

function shapeKey(pattern: Pattern): string {
  const names = pattern.segments.map((segment) => ('literal' in segment ? segment.literal : '{}'));
  return `/${names.join('/')}${pattern.greedy ? '+' : ''}`;
}

/** A last greedy label takes the rest of the path, slashes included; one slash at the end of other paths is ignored. */
function matchPath(pattern: Pattern, path: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  const { segments, greedy } = pattern;
  let position = 0;
  for (let i = 0; i < segments.length; i++) {
    if (path.charCodeAt(position) !== 47) return undefined;
    const start = position + 1;
    let end = greedy && i === segments.length - 1 ? path.length : path.indexOf('/', start);
    if (end < 0) end = path.length;
    if (end === start) return undefined;
    const segment = segments[i]!;
    const text = path.slice(start, end);
    if ('label' in segment) labels[segment.label] = text;
    else if (segment.literal !== text) return undefined;
    position = end;
  }
  const rest = path.length - position;
  return rest === 0 || (rest === 1 && path.charCodeAt(position) === 47) ? labels : undefined;
}
