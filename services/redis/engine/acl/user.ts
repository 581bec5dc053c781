/** A user: who may log in, and what with. `default` is who a connection is before it logs in. */
import type { CommandTable } from '../command-table.ts';
import { isPasswordHash, passwordHash } from './password.ts';
import { Selector } from './selector.ts';
import { applySelectorRule, RuleError, ruleSyntax } from './selector-rules.ts';

const noSuchPassword = new RuleError('The password you are trying to remove from the user does not exist');
const badHash = new RuleError(
  'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters',
);

export class User {
  readonly name: string;
  enabled = false;
  /** Any password will do. */
  nopass = false;
  /** Payloads of RESTORE are checked; they always are here, the flag is kept for those who read it. */
  sanitizePayload = true;
  /** SHA-256, in the order they were added. */
  passwords: string[] = [];
  /** The first is the user's own; there is always one. */
  selectors: Selector[] = [new Selector()];
  /** Everything is allowed: nothing need be looked at. Follows `selectors`. */
  unrestricted = false;

  constructor(name: string) {
    this.name = name;
  }

  copy(): User {
    const copy = Object.assign(new User(this.name), this);
    copy.passwords = [...this.passwords];
    copy.selectors = this.selectors.map((selector) => selector.copy());
    return copy;
  }

  /** Becomes what the other is; connections keep this object. */
  become(other: User): void {
    const { name: _, ...rest } = other;
    Object.assign(this, rest);
  }

  /** @throws RuleError */
  apply(rule: string, table: CommandTable, channelsAtFirst: boolean): void {
    if (rule === '') return;
    this.applyRule(rule, table, channelsAtFirst);
    this.unrestricted = this.selectors.some((selector) => selector.unrestricted);
  }

  private applyRule(rule: string, table: CommandTable, channelsAtFirst: boolean): void {
    switch (rule.toLowerCase()) {
      case 'on':
        this.enabled = true;
        return;
      case 'off':
        this.enabled = false;
        return;
      case 'nopass':
        this.nopass = true;
        this.passwords = [];
        return;
      case 'resetpass':
        this.nopass = false;
        this.passwords = [];
        return;
      case 'sanitize-payload':
        this.sanitizePayload = true;
        return;
      case 'skip-sanitize-payload':
        this.sanitizePayload = false;
        return;
      case 'clearselectors':
        this.selectors.length = 1;
        return;
      case 'reset':
        this.enabled = false;
        this.nopass = false;
        this.passwords = [];
        this.sanitizePayload = true;
        this.selectors = [firstSelector(channelsAtFirst)];
        return;
    }
    const rest = rule.slice(1);
    switch (rule[0]) {
      case '>':
        this.addPassword(passwordHash(rest));
        return;
      case '#':
        if (!isPasswordHash(rest)) throw badHash;
        this.addPassword(rest);
        return;
      case '<':
        this.removePassword(passwordHash(rest));
        return;
      case '!':
        if (!isPasswordHash(rest)) throw badHash;
        this.removePassword(rest);
        return;
      case '(':
        this.selectors.push(parseSelector(rule, table, channelsAtFirst));
        return;
    }
    applySelectorRule(this.selectors[0]!, rule, table);
  }

  private addPassword(hash: string): void {
    if (!this.passwords.includes(hash)) this.passwords.push(hash);
    this.nopass = false;
  }

  private removePassword(hash: string): void {
    const at = this.passwords.indexOf(hash);
    if (at < 0) throw noSuchPassword;
    this.passwords.splice(at, 1);
  }

  /** As ACL GETUSER shows them. */
  flags(): string[] {
    const flags = [this.enabled ? 'on' : 'off'];
    if (this.nopass) flags.push('nopass');
    flags.push(this.sanitizePayload ? 'sanitize-payload' : 'skip-sanitize-payload');
    return flags;
  }

  /** Rules that make this user again. */
  rules(): string[] {
    const [first, ...others] = this.selectors;
    return [
      ...this.flags(),
      ...this.passwords.map((hash) => `#${hash}`),
      ...splitRules(first!.describe()),
      ...others.map((selector) => `(${selector.describe()})`),
    ];
  }
}

/** @param channels all channels at first (`acl-pubsub-default allchannels`) */
export function firstSelector(channels: boolean): Selector {
  const selector = new Selector();
  selector.allChannels = channels;
  return selector;
}

/** Rules in parentheses. @throws RuleError */
function parseSelector(text: string, table: CommandTable, channelsAtFirst: boolean): Selector {
  if (text.length < 2 || !text.endsWith(')')) throw ruleSyntax;
  const selector = firstSelector(channelsAtFirst);
  for (const rule of splitRules(text.slice(1, -1))) applySelectorRule(selector, rule, table);
  return selector;
}

export function splitRules(text: string): string[] {
  return text.split(/[\t\n\v\f\r \0]+/).filter((rule) => rule !== '');
}

/**
 * Rules of a selector that came as several words are one rule.
 * @throws the word where a parenthesis opened that is not closed
 */
export function joinSelectors(words: readonly string[]): string[] {
  const rules: string[] = [];
  let open: string | undefined;
  let openedAt = '';
  for (const word of words) {
    if (open === undefined && word[0] === '(' && !word.endsWith(')')) {
      open = word;
      openedAt = word;
      continue;
    }
    if (open === undefined) rules.push(word);
    else {
      open += ` ${word}`;
      if (!word.endsWith(')')) continue;
      rules.push(open);
      open = undefined;
    }
  }
  if (open !== undefined) {
    throw new RuleError(`Unmatched parenthesis in acl selector starting at '${openedAt}'.`);
  }
  return rules;
}
