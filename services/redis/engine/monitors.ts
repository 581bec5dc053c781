/** MONITOR: clients that are shown every command as it is run. */
import { utf8 } from '../model/latin1.ts';
import type { Call } from './call.ts';
import type { Client } from './client.ts';
import type { CommandRow } from './command.ts';
import type { Engine } from './engine.ts';

const redacted = '(redacted)';

export class Monitors {
  private readonly engine: Engine;
  private readonly clients = new Set<Client>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  add(client: Client): void {
    client.monitor = true;
    this.clients.add(client);
    this.engine.monitored = true;
  }

  remove(client: Client): void {
    client.monitor = false;
    this.clients.delete(client);
    this.engine.monitored = this.clients.size > 0;
  }

  /** Shows a command that ran. */
  show(call: Call, row: CommandRow, args: readonly string[]): void {
    const ms = this.engine.modules.clock.now();
    const seconds = Math.floor(ms / 1000);
    const micros = String(Math.floor((ms - seconds * 1000) * 1000)).padStart(6, '0');
    const from = call.inScript ? 'lua' : call.client.port.address;
    const words = withoutSecrets(row, args).map(quoted).join(' ');
    const line = `${seconds}.${micros} [${call.db.index} ${utf8(from)}] ${words}`;
    for (const client of this.clients) {
      client.port.output.simple(line);
      this.engine.wrote(client);
    }
  }
}

/** The words of a command with passwords hidden: for MONITOR and SLOWLOG. */
export function withoutSecrets(row: CommandRow, args: readonly string[]): readonly string[] {
  if (row.name === 'auth') return [args[0]!, ...args.slice(1).map(() => redacted)];
  if (row.name !== 'hello' && row.name !== 'migrate') return args;
  let hidden = 0;
  return args.map((arg, i) => {
    if (hidden > 0) {
      hidden--;
      return redacted;
    }
    const word = arg.toLowerCase();
    if (i > 1 && word === 'auth') hidden = row.name === 'hello' ? 2 : 1;
    else if (i > 5 && word === 'auth2') hidden = 2;
    return arg;
  });
}

const named: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\x07': '\\a',
  '\b': '\\b',
  '"': '\\"',
  '\\': '\\\\',
};

/** A byte string in double quotes; what is not printable ASCII is escaped. */
export function quoted(bytes: string): string {
  const inner = bytes.replace(
    /[^ !#-[\]-~]/g,
    (char) => named[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `"${inner}"`;
}
