/** What the engine's process has to say, in the gateway's log. */
import type { Logger } from 'pino';

/** @param payload level of `redis.log` u8: 0 debug, 1 verbose, 2 notice, 3 warning ‖ text */
export function logOfEngine(logger: Logger, payload: Buffer): void {
  const text = payload.toString('utf8', 1);
  const level = payload[0]!;
  if (level >= 3) logger.warn(text);
  else if (level === 2) logger.info(text);
  else logger.debug(text);
}
