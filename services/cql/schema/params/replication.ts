/**
 * `replication` of a keyspace: checked as in Cassandra against the data centres there are, kept and shown. How often something is kept is
 * the node's affair.
 */
import { configError, type PropertyMap, parseInteger } from './properties.ts';

const prefix = 'org.apache.cassandra.locator.';
export const localStrategy = `${prefix}LocalStrategy`;
const simple = 'SimpleStrategy';
const networkTopology = 'NetworkTopologyStrategy';
const strategies: ReadonlySet<string> = new Set([simple, networkTopology, 'LocalStrategy']);

export interface Cluster {
  readonly dataCentres: readonly string[];
  readonly nodes: number;
}

export type Replication = Readonly<Record<string, string>>;

/** `before`: what ALTER starts from. */
export function readReplication(
  keyspace: string,
  given: PropertyMap,
  before: Replication | undefined,
  cluster: Cluster,
): Replication {
  const className = given.get('class');
  if (className === undefined) throw configError('Missing replication strategy class');
  const full = className.includes('.') ? className : prefix + className;
  const short = full.startsWith(prefix) ? full.slice(prefix.length) : '';
  if (short === 'OldNetworkTopologyStrategy')
    throw configError(
      'The support for the OldNetworkTopologyStrategy has been removed in C* version 4.0. ' +
        'The keyspace strategy should be switch to NetworkTopologyStrategy',
    );
  if (!strategies.has(short)) throw configError(`Unable to find replication strategy class '${full}'`);
  const options = new Map(given);
  options.delete('class');
  if (short === networkTopology) expandFactor(options, before, cluster);
  checkOptions(keyspace, short, options, cluster);
  return Object.fromEntries([['class', full], ...[...options].sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** `replication_factor` stands for all data centres that are not named; those that an ALTER does not name stay. */
function expandFactor(
  options: Map<string, string>,
  before: Replication | undefined,
  { dataCentres }: Cluster,
): void {
  const previous = Object.entries(before ?? {}).filter(([name]) => name !== 'class');
  let factor = options.get('replication_factor');
  options.delete('replication_factor');
  if (factor === undefined && options.size === 0) {
    factor = previous.find(([name]) => name === 'replication_factor')?.[1];
  } else if (factor !== undefined) {
    for (const [name, value] of previous)
      if (name !== 'replication_factor' && !options.has(name)) options.set(name, value);
  }
  if (factor !== undefined) {
    const copies = readFactor(factor);
    for (const name of dataCentres) if (!options.has(name)) options.set(name, String(copies));
  }
  for (const [name, value] of options) if (value === '0') options.delete(name);
}

function checkOptions(keyspace: string, strategy: string, options: PropertyMap, cluster: Cluster): void {
  const expected =
    strategy === simple
      ? ['replication_factor']
      : strategy === networkTopology
        ? cluster.dataCentres
        : undefined;
  if (strategy === simple && !options.has('replication_factor'))
    throw configError('SimpleStrategy requires a replication_factor strategy option.');
  for (const name of options.keys())
    if (expected !== undefined && !expected.includes(name))
      throw configError(
        `Unrecognized strategy option {${name}} passed to ${strategy} for keyspace ${keyspace}`,
      );
  if (expected !== undefined) for (const value of options.values()) readFactor(value);
}

function readFactor(text: string): number {
  const [all, transient, ...more] = text.split('/');
  if (more.length > 0) throw configError('Replication factor format is <replicas> or <replicas>/<transient>');
  const number = parseFactor(all!);
  if (transient !== undefined && parseFactor(transient) !== 0)
    throw configError('Transient replication is not enabled on this node');
  if (number < 0) throw configError(`Replication factor must be non-negative, found ${number}`);
  return number;
}

function parseFactor(text: string): number {
  const number = parseInteger(text);
  if (number === undefined) throw configError(`For input string: "${text}"`);
  return number;
}

/** What a client is told of more copies than there are nodes. */
export function replicationWarnings(keyspace: string, replication: Replication, cluster: Cluster): string[] {
  return Object.entries(replication)
    .filter(([name, value]) => name !== 'class' && readFactor(value) > cluster.nodes)
    .map(([name, value]) => {
      const where = name === 'replication_factor' ? '' : ` for datacenter ${name}`;
      return `Your replication factor ${readFactor(value)} for keyspace ${keyspace} is higher than the number of nodes ${cluster.nodes}${where}`;
    });
}

/** Copies in all. */
export function totalCopies(replication: Replication): number {
  return Object.entries(replication)
    .filter(([name]) => name !== 'class')
    .reduce((sum, [, value]) => sum + readFactor(value), 0);
}

export const shortStrategy = (className: string): string =>
  className.startsWith(prefix) ? className.slice(prefix.length) : className;
