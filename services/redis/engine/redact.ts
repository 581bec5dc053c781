/** The words of a command without passwords, for logs and MONITOR. */
import type { Config } from './config.ts';

const hidden = '(redacted)';

/** @param fullName `acl|setuser` @returns the words themselves when nothing in them is secret */
export function redacted(fullName: string, args: readonly string[], config: Config): readonly string[] {
  switch (fullName) {
    case 'auth':
      return from(args, 1);
    case 'acl|setuser':
      return from(args, 2);
    case 'config|set':
      return args.map((word, i) =>
        i > 2 && i % 2 === 1 && config.row(args[i - 1]!)?.sensitive === true ? hidden : word,
      );
    case 'hello':
    case 'migrate':
      return afterAuth(fullName, args);
    default:
      return args;
  }
}

function from(args: readonly string[], first: number): readonly string[] {
  return args.map((word, i) => (i < first ? word : hidden));
}

/** HELLO 3 AUTH user password; MIGRATE … AUTH password, AUTH2 user password. */
function afterAuth(fullName: string, args: readonly string[]): readonly string[] {
  const shown = [...args];
  for (let i = fullName === 'hello' ? 2 : 6; i < args.length; i++) {
    const word = args[i]!.toLowerCase();
    const secrets =
      word === 'auth2' || (word === 'auth' && fullName === 'hello') ? 2 : word === 'auth' ? 1 : 0;
    for (let left = secrets; left > 0 && i + 1 < args.length; left--) shown[++i] = hidden;
  }
  return shown;
}
