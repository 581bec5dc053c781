/**
 * Who may do what: the users, logins, and the check of each command. Users are durable: each change is an effect
 * (engine/effects/acl-effects.ts), and what the process was started with (`pin`) goes before what was stored.
 */
import type { Client } from '../client.ts';
import type { CommandRow } from '../command.ts';
import { type KeyReference, keysIfAny, mayHaveKeys } from '../command-keys.ts';
import type { Engine } from '../engine.ts';
import { RedisError } from '../errors.ts';
import { AclLog, type DenialContext } from './acl-log.ts';
import { matchesAny, passwordHash } from './password.ts';
import type { Selector } from './selector.ts';
import { hasSpaces, RuleError } from './selector-rules.ts';
import { firstSelector, joinSelectors, splitRules, User } from './user.ts';

export const aclEffects = { userSet: 144, userDeleted: 145 } as const;

/** Why a command is refused. */
export interface Denial {
  readonly reason: 'command' | 'key' | 'channel';
  /** Full name of the command, the key or the channel. */
  readonly object: string;
  /** Position of the word, 0 for the command. */
  readonly position: number;
}

const severity = { command: 1, key: 2, channel: 3 } as const;
export const wrongPassword = new RedisError('WRONGPASS invalid username-password pair or user is disabled.');

export class Acl {
  readonly engine: Engine;
  readonly log = new AclLog();
  readonly defaultUser: User;
  private readonly users = new Map<string, User>();
  /** Users the process was started with: stored ones do not replace them. */
  private readonly pinned = new Set<string>();
  private channelsAtFirst = false;

  constructor(engine: Engine) {
    this.engine = engine;
    this.defaultUser = new User('default');
    for (const rule of ['on', 'nopass', '+@all', '~*', '&*']) {
      this.defaultUser.apply(rule, engine.commands, false);
    }
    this.users.set('default', this.defaultUser);
    engine.config.onChange('acllog-max-len', (value) => this.log.limit(Number(value)));
    engine.config.onChange('acl-pubsub-default', (value) => {
      this.channelsAtFirst = value === 'allchannels';
    });
    let password = '';
    engine.config.onChange('requirepass', (value) => {
      if (value === password) return;
      password = value;
      // Set before what was stored is loaded: an option of the process.
      if (engine.replaying) this.pinned.add('default');
      this.setDefaultPassword(value);
    });
  }

  // Users

  user(name: string): User | undefined {
    return this.users.get(name);
  }

  /** In the order of their names' bytes. */
  all(): User[] {
    return [...this.users.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * ACL SETUSER: all rules or none.
   * @throws RedisError the first rule that is refused
   */
  setUser(name: string, words: readonly string[]): void {
    if (hasSpaces(name)) throw new RedisError("ERR Usernames can't contain spaces or null characters");
    const before = this.users.get(name);
    const user = before?.copy() ?? this.newUser(name);
    for (const rule of joined(words)) this.applyRule(user, rule);
    this.put(user);
    this.recordUser(user);
  }

  /** @returns whether there was such a user. @throws RedisError for the default user */
  deleteUser(name: string): boolean {
    if (name === 'default') throw new RedisError("ERR The 'default' user cannot be removed");
    const user = this.users.get(name);
    if (user === undefined) return false;
    this.remove(user);
    this.engine.effects.begin(aclEffects.userDeleted, 0, name)?.u8(0);
    this.engine.expose(this.engine.effects.batch);
    return true;
  }

  /** CONFIG SET requirepass: the default user's only password; none if empty. */
  setDefaultPassword(password: string): void {
    const user = this.defaultUser.copy();
    user.nopass = password === '';
    user.passwords = password === '' ? [] : [passwordHash(password)];
    this.put(user);
    this.recordUser(user);
  }

  /**
   * A user of the process's options: goes before a stored one of the same name, and is not stored. So does the default user
   * when the parameter `requirepass` is set while the engine is `replaying`. @throws RedisError
   */
  pin(name: string, rules: string): void {
    this.pinned.add(name);
    const user = this.newUser(name);
    for (const rule of joined(splitRules(rules))) this.applyRule(user, rule);
    this.put(user);
  }

  /** A stored user. Unknown commands of an older version are passed over: they are not there to be run. */
  restoreUser(name: string, rules: readonly string[]): void {
    if (this.pinned.has(name)) return;
    const user = this.newUser(name);
    user.selectors = [firstSelector(false)];
    for (const rule of rules) {
      try {
        user.apply(rule, this.engine.commands, false);
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
      }
    }
    this.put(user);
  }

  restoreDeletion(name: string): void {
    const user = this.pinned.has(name) ? undefined : this.users.get(name);
    if (user !== undefined) this.remove(user);
  }

  private newUser(name: string): User {
    const user = new User(name);
    user.selectors = [firstSelector(this.channelsAtFirst)];
    return user;
  }

  private applyRule(user: User, rule: string): void {
    try {
      user.apply(rule, this.engine.commands, this.channelsAtFirst);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      throw new RedisError(`ERR Error in ACL SETUSER modifier '${rule}': ${error.message}`);
    }
  }

  private put(user: User): void {
    const known = this.users.get(user.name);
    if (known === undefined) {
      this.users.set(user.name, user);
      return;
    }
    known.become(user);
    for (const client of this.engine.clients.values()) {
      client.refresh();
      if (client.account === known && !this.mayStaySubscribed(client)) this.engine.kill(client);
    }
  }

  private remove(user: User): void {
    this.users.delete(user.name);
    for (const client of this.engine.clients.values()) {
      if (client.account !== user) continue;
      client.account = this.defaultUser;
      client.authenticated = false;
      client.refresh();
      this.engine.kill(client);
    }
  }

  /** All users but those of the process's options, for a checkpoint. */
  record(): void {
    for (const user of this.users.values()) this.recordUser(user);
  }

  private recordUser(user: User): void {
    if (this.pinned.has(user.name)) return;
    const out = this.engine.effects.begin(aclEffects.userSet, 0, user.name);
    if (out !== undefined) {
      const rules = user.rules();
      out.varint(rules.length);
      for (const rule of rules) out.string(rule);
    }
    this.engine.expose(this.engine.effects.batch);
  }

  // Logins

  /** Whether nothing but a login is allowed. */
  mustLogIn(client: Client): boolean {
    const { defaultUser } = this;
    return !client.authenticated && (!defaultUser.nopass || !defaultUser.enabled);
  }

  /** Makes the client who it is before a login. */
  logOut(client: Client): void {
    client.account = this.defaultUser;
    client.authenticated = this.defaultUser.nopass && this.defaultUser.enabled;
    client.refresh();
  }

  /** @param command as sent, for the log. @throws RedisError WRONGPASS */
  logIn(client: Client, name: string, password: string, command: string): void {
    const user = this.users.get(name);
    // The work is the same for a user that is not there.
    const matches = matchesAny(password, user?.passwords ?? []);
    if (user === undefined || !user.enabled || !(user.nopass || matches)) {
      const context = client.queue === undefined ? 'toplevel' : 'multi';
      this.log.add(client, 'auth', context, command, name);
      throw wrongPassword;
    }
    client.account = user;
    client.authenticated = true;
    client.refresh();
  }

  // Commands

  /** @returns why the user may not run the command, or undefined */
  check(user: User, row: CommandRow, args: readonly string[]): Denial | undefined {
    if (user.unrestricted) return undefined;
    let worst: Denial | undefined;
    let keys: readonly KeyReference[] | undefined;
    for (const selector of user.selectors) {
      if (!selector.allKeys && keys === undefined && mayHaveKeys(row)) keys = keysIfAny(row, args);
      const denial = this.checkSelector(selector, row, args, keys ?? []);
      if (denial === undefined) return undefined;
      const more = worst === undefined ? 1 : severity[denial.reason] - severity[worst.reason];
      if (more > 0 || (more === 0 && denial.position > worst!.position)) worst = denial;
    }
    return worst;
  }

  /** As `check`, and logs a refusal. @throws RedisError NOPERM */
  admit(client: Client, row: CommandRow, args: readonly string[], context: DenialContext): void {
    const denial = this.check(client.account, row, args);
    if (denial === undefined) return;
    this.log.add(client, denial.reason, context, denial.object);
    const where = context === 'lua' ? 'ACL failure in script: ' : '';
    throw new RedisError(`NOPERM ${where}${denialText(denial, client.account)}`);
  }

  /** Whether the user may run the command with every key there is (patterns of SORT). */
  readsEveryKey(user: User, row: CommandRow, args: readonly string[]): boolean {
    if (user.unrestricted) return true;
    const keys = keysIfAny(row, args);
    return user.selectors.some(
      (selector) => selector.readsEveryKey() && this.checkSelector(selector, row, args, keys) === undefined,
    );
  }

  private checkSelector(
    selector: Selector,
    row: CommandRow,
    args: readonly string[],
    keys: readonly KeyReference[],
  ): Denial | undefined {
    if (!selector.allowsCommand(row, args)) {
      return { reason: 'command', object: this.engine.commands.fullNames.get(row)!, position: 0 };
    }
    for (const use of selector.allKeys ? [] : keys) {
      const key = args[use.position]!;
      if (!selector.allowsKey(key, use)) return { reason: 'key', object: key, position: use.position };
    }
    if (selector.allChannels) return undefined;
    const { from, to, isPattern } = channelsOf(row, args);
    for (let position = from; position < to; position++) {
      const channel = args[position]!;
      if (!selector.allowsChannel(channel, isPattern))
        return { reason: 'channel', object: channel, position };
    }
    return undefined;
  }

  /** After its user changed: every subscription must still be allowed. */
  private mayStaySubscribed(client: Client): boolean {
    if (client.subscriptions === 0) return true;
    const { selectors } = client.account;
    const allowed = (channel: string, isPattern: boolean) =>
      selectors.some((selector) => selector.allowsChannel(channel, isPattern));
    return (
      [...client.patterns].every((pattern) => allowed(pattern, true)) &&
      [...client.channels, ...client.shardChannels].every((channel) => allowed(channel, false))
    );
  }
}

/** @param withObject tells the key or channel: only to an administrator (ACL DRYRUN) */
export function denialText(denial: Denial, user: User, withObject = false): string {
  if (denial.reason === 'command') {
    return `User ${user.name} has no permissions to run the '${denial.object}' command`;
  }
  return withObject
    ? `User ${user.name} has no permissions to access the '${denial.object}' ${denial.reason}`
    : `No permissions to access a ${denial.reason}`;
}

/** The words that are channels which the command publishes or subscribes to. */
function channelsOf(
  row: CommandRow,
  args: readonly string[],
): { readonly from: number; readonly to: number; readonly isPattern: boolean } {
  switch (row.name) {
    case 'publish':
    case 'spublish':
      return { from: 1, to: 2, isPattern: false };
    case 'subscribe':
    case 'ssubscribe':
      return { from: 1, to: args.length, isPattern: false };
    case 'psubscribe':
      return { from: 1, to: args.length, isPattern: true };
    default:
      return { from: 0, to: 0, isPattern: false };
  }
}

/** @throws RedisError */
function joined(words: readonly string[]): string[] {
  try {
    return joinSelectors(words);
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    throw new RedisError(`ERR ${error.message}`);
  }
}
