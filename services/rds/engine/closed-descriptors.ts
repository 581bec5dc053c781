/**
 * PostgreSQL gets nothing that the gateway has open. Files of the node's store would come along otherwise: the library that keeps it does not
 * say that they are its own alone, and Node.js has no call for that.
 */
import { existsSync } from 'node:fs';

/** The shells of other names know descriptors of one digit only. */
const shell = '/bin/bash';
const script =
  'for fd in $(cd /proc/$$/fd && echo *); do [ "$fd" -le 2 ] || eval "exec $fd>&-"; done; exec "$@"';

/** @returns what becomes the command, as the same process */
export function closingDescriptors(command: readonly string[]): readonly [string, ...string[]] {
  const isPossible = process.platform === 'linux' && existsSync(shell);
  const [program, ...args] = isPossible ? [shell, '-c', script, 'bash', ...command] : command;
  return [program!, ...args];
}
