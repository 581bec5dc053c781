/**
 * Derived signing keys. Deriving one costs four HMACs, ten times the check itself, and a client uses the same key for a
 * day, so they are kept.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { signingKeysMax } from './limits.ts';
import { type Scope, scopeTerminal } from './scope.ts';

export function deriveSigningKey(secretAccessKey: string, scope: Scope): KeyObject {
  const date = createHmac('sha256', `AWS4${secretAccessKey}`).update(scope.date).digest();
  const region = createHmac('sha256', date).update(scope.region, 'latin1').digest();
  const service = createHmac('sha256', region).update(scope.service, 'latin1').digest();
  return createSecretKey(createHmac('sha256', service).update(scopeTerminal).digest());
}

/** HMAC-SHA256 of a byte string, lower-case hex. */
export function sign(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text, 'latin1').digest('hex');
}

interface Entry {
  readonly secretAccessKey: string;
  readonly key: KeyObject;
}

/**
 * Bounded least-recently-used cache in two generations: when the young one is full it becomes the old one, whose unused
 * entries fall away with the next turn. A hit costs one map lookup. An entry holds the secret it came from, so a rotated
 * secret is never answered with the old key.
 */
export class SigningKeyCache {
  readonly #max: number;
  #young = new Map<string, Entry>();
  #old = new Map<string, Entry>();

  constructor(max: number = signingKeysMax) {
    this.#max = max;
  }

  /** The key from the cache, else derived; a derived key is kept only by `keep`. */
  get(accessKeyId: string, secretAccessKey: string, scope: Scope): KeyObject {
    const id = cacheId(accessKeyId, scope);
    const young = this.#young.get(id);
    if (young !== undefined && young.secretAccessKey === secretAccessKey) return young.key;
    const old = this.#old.get(id);
    if (old !== undefined && old.secretAccessKey === secretAccessKey) {
      this.#put(id, old);
      return old.key;
    }
    return deriveSigningKey(secretAccessKey, scope);
  }

  /** Called after a signature held, so that requests which fail cannot push good keys out. */
  keep(accessKeyId: string, secretAccessKey: string, scope: Scope, key: KeyObject): void {
    const id = cacheId(accessKeyId, scope);
    if (this.#young.get(id)?.key !== key) this.#put(id, { secretAccessKey, key });
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  #put(id: string, entry: Entry): void {
    if (this.#young.size >= this.#max && !this.#young.has(id)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(id, entry);
  }
}

function cacheId(accessKeyId: string, scope: Scope): string {
  return `${scope.date}/${scope.region}/${scope.service}/${accessKeyId}`;
}
