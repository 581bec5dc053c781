/** MONITOR: clients that are shown every command as it is run. */
import { utf8 } from '@hypergate/kit/bytes';
import type { Call } from './call.ts';
import type { Client } from './client.ts';
import type { CommandRow } from './command.ts';
import type { Engine } from './engine.ts';
import { redacted } from './redact.ts';

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
    const words = redacted(this.engine.commands.fullNames.get(row)!, args, this.engine.config)
      .map(quoted)
      .join(' ');
    const line = `${seconds}.${micros} [${call.db.index} ${utf8(from)}] ${words}`;
    for (const client of this.clients) {
      client.port.output.simple(line);
      this.engine.wrote(client);
    }
  }
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
