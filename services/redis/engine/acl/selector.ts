/**
 * One set of permissions: commands, keys and channels. A user has a first one, and more of them in parentheses; a command
 * must be allowed wholly by one.
 */
import type { CommandRow } from '../command.ts';
import type { KeyReference } from '../command-keys.ts';
import { globMatch } from '../glob.ts';

export const reads = 1;
export const writes = 2;

export interface KeyPattern {
  readonly pattern: string;
  /** `reads`, `writes` or both. */
  permissions: number;
}

export interface CommandRule {
  readonly allow: boolean;
  /** `get`, `config|set`, `@string`, `select|0`; lower case. */
  readonly text: string;
}

export class Selector {
  /** Nothing was taken away since `+@all`. */
  allCommands = false;
  /** The last of `+@all` and `-@all`: what a command that does not exist yet would be. */
  futureCommands = false;
  allowed = new Set<CommandRow>();
  /** Commands allowed only with these first arguments, lower case. */
  firstArgs = new Map<CommandRow, string[]>();
  /** As they were given since `+@all` or `-@all`, without those that later ones replaced. */
  rules: CommandRule[] = [];
  allKeys = false;
  keys: KeyPattern[] = [];
  allChannels = false;
  channels: string[] = [];

  get unrestricted(): boolean {
    return this.allCommands && this.allKeys && this.allChannels;
  }

  copy(): Selector {
    const copy = Object.assign(new Selector(), this);
    copy.allowed = new Set(this.allowed);
    copy.firstArgs = new Map([...this.firstArgs].map(([row, args]) => [row, [...args]]));
    copy.rules = [...this.rules];
    copy.keys = this.keys.map((key) => ({ ...key }));
    copy.channels = [...this.channels];
    return copy;
  }

  allowsCommand(row: CommandRow, args: readonly string[]): boolean {
    if (this.allCommands || this.allowed.has(row)) return true;
    if (row.flags.includes('no_auth')) return true;
    const firstArgs = this.firstArgs.get(row);
    return firstArgs !== undefined && args.length > 1 && firstArgs.includes(args[1]!.toLowerCase());
  }

  allowsKey(key: string, use: KeyReference): boolean {
    if (this.allKeys) return true;
    const needed = neededPermissions(use.flags);
    return this.keys.some(
      ({ pattern, permissions }) => (permissions & needed) === needed && globMatch(pattern, key),
    );
  }

  /** Whether it may read every key there is: SORT with BY or GET asks. */
  readsEveryKey(): boolean {
    return this.allKeys || this.keys.some((key) => key.pattern === '*' && (key.permissions & reads) !== 0);
  }

  /** @param isPattern PSUBSCRIBE: only a pattern that was granted as it stands */
  allowsChannel(channel: string, isPattern: boolean): boolean {
    if (this.allChannels) return true;
    return this.channels.some((granted) => (isPattern ? granted === channel : globMatch(granted, channel)));
  }

  describeKeys(): string {
    if (this.allKeys) return '~*';
    return this.keys
      .map(({ pattern, permissions }) => `${permissionPrefix(permissions)}${pattern}`)
      .join(' ');
  }

  describeChannels(): string {
    if (this.allChannels) return '&*';
    return this.channels.map((channel) => `&${channel}`).join(' ');
  }

  describeCommands(): string {
    const rules = this.rules.map((rule) => `${rule.allow ? '+' : '-'}${rule.text}`);
    return [this.futureCommands ? '+@all' : '-@all', ...rules].join(' ');
  }

  /** Rules that make this selector again. */
  describe(): string {
    const parts: string[] = [];
    if (this.allKeys || this.keys.length > 0) parts.push(this.describeKeys());
    if (!this.allChannels) parts.push('resetchannels');
    if (this.allChannels || this.channels.length > 0) parts.push(this.describeChannels());
    parts.push(this.describeCommands());
    return parts.join(' ');
  }
}

function permissionPrefix(permissions: number): string {
  if (permissions === (reads | writes)) return '~';
  return permissions === reads ? '%R~' : '%W~';
}

function neededPermissions(flags: readonly string[]): number {
  let needed = 0;
  if (flags.includes('access')) needed |= reads;
  if (flags.includes('insert') || flags.includes('delete') || flags.includes('update')) needed |= writes;
  return needed;
}
