/** What the checks of Redis' clients get beside the usual: the port, the password, and the options of Debian's programs. */
import { freePort } from '@hypergate/node/sim/ports';
import type { GatewayOptions } from '../lib/gateway.ts';
import type { ClientContext } from './context.ts';

export interface RedisAccess {
  readonly port: number;
  /** Of the default user; none in the plain pass. */
  readonly password: string | undefined;
}

export interface RedisContext extends ClientContext {
  readonly redis: RedisAccess;
  /** `plain` or `TLS`: part of the names of checks. */
  readonly transport: string;
  /** How redis-cli and redis-benchmark find the gateway; the password is theirs to add. */
  readonly where: readonly string[];
}

/** The plain pass has no password, the pass over TLS has one: that is how either is used. */
export async function redisOptions(
  tls: boolean,
  dataDir: string,
): Promise<{ options: GatewayOptions; redis: RedisAccess }> {
  const port = await freePort();
  const password = tls ? 'opensesame' : undefined;
  const env = {
    HYPERGATE_REDIS_PORT: String(port),
    ...(password === undefined ? {} : { HYPERGATE_REDIS_PASSWORD: password }),
  };
  return { options: { tls, dataDir, env }, redis: { port, password } };
}

export function makeRedisContext(context: ClientContext, redis: RedisAccess): RedisContext {
  const { caFile } = context;
  return {
    ...context,
    redis,
    transport: caFile === undefined ? 'plain' : 'TLS',
    where: [
      ...['-h', '127.0.0.1', '-p', String(redis.port)],
      ...(caFile === undefined ? [] : ['--tls', '--cacert', caFile]),
    ],
  };
}
