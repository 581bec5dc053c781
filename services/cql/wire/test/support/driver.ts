/**
 * The codec of cassandra-driver, which has no types for these parts: it writes requests as clients do and reads our answers.
 */
import { createRequire } from 'node:module';
import { types } from 'cassandra-driver';

const load = createRequire(import.meta.url);

// Untyped: everything in here is the driver's own.
// biome-ignore lint/suspicious/noExplicitAny: internals without types
type Untyped = any;

const Encoder: Untyped = load('cassandra-driver/lib/encoder');
const streams: Untyped = load('cassandra-driver/lib/streams');
const { DefaultExecutionOptions, ExecutionOptions }: Untyped = load('cassandra-driver/lib/execution-options');
export const requests: Untyped = load('cassandra-driver/lib/requests');
export { types };

export function driverEncoder(version: number): Untyped {
  return new Encoder(version, {});
}

/** @param given as somebody passes them to `client.execute` */
export function executionOptions(given: Record<string, unknown> = {}): Untyped {
  if (Object.keys(given).length === 0) return ExecutionOptions.empty();
  const profile = { consistency: undefined, serialConsistency: undefined };
  const client = {
    profileManager: { getProfile: () => profile },
    options: { queryOptions: {}, encoding: {}, policies: { timestampGeneration: undefined } },
    _getEncoder: () => undefined,
  };
  return DefaultExecutionOptions.create(given, client, undefined);
}

/** What the driver's parser makes of the bytes, in its own words. */
export async function driverReads(version: number, bytes: Buffer): Promise<Untyped[]> {
  const protocol = new streams.Protocol({ objectMode: true });
  const parser = new streams.Parser({ objectMode: true }, driverEncoder(version));
  parser.setOptions?.(0, { byRow: false });
  const items: Untyped[] = [];
  parser.on('data', (item: Untyped) => items.push(item));
  const ended = new Promise((resolve, reject) => {
    parser.on('end', resolve);
    parser.on('error', reject);
    protocol.on('error', reject);
  });
  protocol.pipe(parser);
  protocol.end(bytes);
  await ended;
  return items.filter((item) => !item.frameEnded);
}
