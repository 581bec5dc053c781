/** What is said before a client has logged in: OPTIONS, STARTUP, AUTH_RESPONSE. Messages as Apache Cassandra 4.0. */
import { cqlVersion } from '../system/node-facts.ts';
import {
  agreedCompression,
  type Compression,
  compressions,
  type Frame,
  protocolError,
  protocolVersions,
  type Request,
  type StartupRequest,
} from '../wire/index.ts';

/** As an answer to OPTIONS names it. */
export const supportedOptions: ReadonlyMap<string, readonly string[]> = new Map([
  ['COMPRESSION', [...compressions]],
  ['CQL_VERSION', [cqlVersion]],
  ['PROTOCOL_VERSIONS', protocolVersions.map((version) => `${version}/v${version}`)],
]);

export type Stage = 'new' | 'authenticating' | 'ready';

/** Which requests make sense when. @throws CqlError `protocol` */
export function checkOrder(stage: Stage, { kind }: Request): void {
  if (stage === 'ready') {
    if (kind === 'startup' || kind === 'authResponse')
      throw protocolError(`Unexpected message ${messageName(kind)}: the connection is ready already`);
    return;
  }
  if (kind === 'options') return;
  if (stage === 'new' && kind !== 'startup')
    throw protocolError(`Unexpected message ${messageName(kind)}, expecting STARTUP or OPTIONS`);
  if (stage === 'authenticating' && kind !== 'authResponse')
    throw protocolError(`Unexpected message ${messageName(kind)}, expecting SASL_RESPONSE`);
}

const messageName = (kind: Request['kind']): string => kind.replaceAll(/[A-Z]/g, '_$&').toUpperCase();

export interface Started {
  readonly compression: Compression | undefined;
  readonly driverName: string | undefined;
  readonly driverVersion: string | undefined;
}

const nameLengthMax = 128;

/** @throws CqlError `protocol` */
export function readStartup({ options }: StartupRequest, { version }: Pick<Frame, 'version'>): Started {
  const wanted = options.get('CQL_VERSION');
  if (wanted === undefined) throw protocolError('Missing value CQL_VERSION in STARTUP message');
  const major = Number(/^(\d+)\./.exec(wanted)?.[1] ?? 0);
  if (major < 2) throw protocolError(`CQL version ${wanted} is not supported by the server (${cqlVersion})`);
  return {
    compression: agreedCompression(version, options.get('COMPRESSION') || undefined),
    driverName: options.get('DRIVER_NAME')?.slice(0, nameLengthMax),
    driverVersion: options.get('DRIVER_VERSION')?.slice(0, nameLengthMax),
  };
}
