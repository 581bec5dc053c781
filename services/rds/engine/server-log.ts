/**
 * What the server says on stderr, in the gateway's log. Statements, values and names of customers must not come there, so only lines
 * of the server's own processes are kept, by the kind that `log_line_prefix` puts in front: sessions, parallel workers and the
 * autovacuum's workers run customers' code, which may say anything (RAISE LOG). Lines that go on begin with a tab, so no text of a
 * customer can look like the start of one.
 */
import type { Logger } from 'pino';
import { logLineBytesMax } from './limits.ts';

const line =
  /^(postmaster|startup|checkpointer|background writer|walwriter|walreceiver|archiver)\|(LOG|WARNING|ERROR|FATAL|PANIC): {2}(.*)$/;
/** Said as an ordinary line, although it is none. */
const trouble = /terminated by signal|exited with exit code|invalid value for parameter|out of memory/;

export interface ServerLog {
  add(chunk: string): void;
  /** What the server complained about before it ended, for an error's sentence. */
  complaint(): string | undefined;
}

export function serverLog(logger: Logger): ServerLog {
  let rest = '';
  let complaint: string | undefined;
  const take = (text: string) => {
    const found = line.exec(text);
    // Without a prefix: the server's program or its loader, before there is a log.
    const isEarly = found === null && /^(?:postgres|setpriv): /.test(text);
    if (found === null && !isEarly) return;
    const level = found?.[2] ?? 'FATAL';
    const said = (found?.[3] ?? text).trimEnd();
    const isTrouble = level !== 'LOG' || trouble.test(said);
    if (isTrouble && level !== 'WARNING') complaint ??= said;
    if (level === 'WARNING' || level === 'LOG') logger[isTrouble ? 'warn' : 'debug'](said);
    else logger.error(said);
  };
  return {
    add(chunk) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!.slice(0, logLineBytesMax);
      for (const text of lines) take(text.slice(0, logLineBytesMax));
    },
    complaint: () => complaint,
  };
}
