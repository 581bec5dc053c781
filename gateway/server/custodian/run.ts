/**
 * Inside the process of a custodian: opens its keystore and its store, says who it is, and serves when it knows the committee, or signs that
 * another one is replaced.
 */

import type { KeyObject } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createPooledRandom, KeystoreError, openKeystoreFile } from '@hypergate/node/crypto';
import {
  type Custodian,
  custodianSecrets,
  ForeignDirectory,
  type Member,
  memberOf,
  openCustodian,
  signSuccession,
} from '@hypergate/node/jobs/threshold/custodian';
import { ClassicLevelStore } from '@hypergate/node/store';
import { readCommittee } from './committee-document.ts';
import type { Compose } from './compose.ts';
import { exists } from './folders.ts';
import { processLimits } from './limits.ts';
import type { CustodianStart, FromCustodian, ToCustodian } from './messages.ts';

/** To be called by the entry file. The process ends with the one that started it. */
export function runCustodianProcess(compose: Compose): void {
  const post = (message: FromCustodian): void => {
    if (process.connected) process.send?.(message, () => undefined);
  };
  const custodian = new CustodianProcess(compose, post);
  const failed = (error: unknown): void => {
    const message = sentence(error);
    if (!process.connected) process.exit(1);
    process.send?.({ type: 'failed', message } satisfies FromCustodian, () => process.exit(1));
  };
  process.on('uncaughtException', failed);
  process.on('disconnect', () => process.exit(1));
  // The gateway gets the same signals, and says when its custodians are to end: after what is under way.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  // One after the other: the committee may come before the keystore is open.
  let last = Promise.resolve();
  process.on('message', (message: ToCustodian) => {
    last = last
      .then(() => custodian.take(message))
      .then((isEnd) => (isEnd ? process.exit(0) : undefined))
      .catch(failed);
  });
}

class CustodianProcess {
  readonly #compose: Compose;
  readonly #post: (message: FromCustodian) => void;
  readonly #random = createPooledRandom();
  #opened: { readonly start: CustodianStart; readonly root: KeyObject } | undefined;
  #store: ClassicLevelStore | undefined;
  #custodian: Custodian | undefined;

  constructor(compose: Compose, post: (message: FromCustodian) => void) {
    this.#compose = compose;
    this.#post = post;
  }

  /** @returns whether it is to end */
  async take(message: ToCustodian): Promise<boolean> {
    switch (message.type) {
      case 'start':
        await this.#start(message.start);
        return false;
      case 'committee':
        await this.#serve(message.document);
        return false;
      case 'hand-over':
        await this.#handOver(message.document, message.member);
        return false;
      case 'stop':
        await this.#custodian?.close();
        await this.#store?.close();
        return true;
    }
  }

  async #start(start: CustodianStart): Promise<void> {
    const { directory, protection, create, index } = start;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    const path = join(directory, 'keystore');
    const { keystore } = await openKeystoreFile({ path, protection, create }, { random: this.#random });
    const root = keystore.custodianRoot();
    this.#opened = { start, root };
    const { key, sealingKey } = memberOf(index, custodianSecrets(root).seeds);
    // Copies: a view of a larger buffer would be sent whole.
    this.#post({ type: 'member', key: Uint8Array.from(key), sealingKey: Uint8Array.from(sealingKey) });
  }

  async #serve(document: string): Promise<void> {
    if (this.#opened === undefined) throw new RangeError('it was not started');
    const { start, root } = this.#opened;
    const { committee, coordinator, succession } = readCommittee(document);
    const store = await ClassicLevelStore.open({
      location: join(start.directory, 'store'),
      ...processLimits,
    });
    this.#store = store;
    this.#custodian = await openCustodian(
      { me: start.index, committee, coordinator, succession, host: start.host, port: 0 },
      {
        store,
        root,
        random: this.#random,
        erase: (key) => store.erase(key),
        compose: (parts) => this.#compose(parts, start.settings),
        report: (what, error) => this.#post({ type: 'report', what, detail: traceOf(error) }),
      },
    );
    const { host, port } = this.#custodian;
    this.#post({ type: 'listening', host, port });
  }

  async #handOver(document: string, member: Member): Promise<void> {
    if (this.#opened === undefined) throw new RangeError('it was not started');
    const { start, root } = this.#opened;
    const { succession } = readCommittee(document);
    const location = join(start.directory, 'store');
    // One that never served has none, and needs none for this.
    if (await exists(location)) this.#store = await ClassicLevelStore.open({ location, ...processLimits });
    const { custodian, signature } = await signSuccession(
      { me: start.index, succession, member },
      { store: this.#store, root, random: this.#random },
    );
    this.#post({ type: 'signed', signature: { custodian, signature: Uint8Array.from(signature) } });
  }
}

/** What may be said of an error: of unexpected ones not the text, which may hold anything. */
function sentence(error: unknown): string {
  const isKnown =
    error instanceof KeystoreError || error instanceof ForeignDirectory || error instanceof RangeError;
  return isKnown ? error.message : traceOf(error);
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown error';
  const code = 'code' in error ? ` ${String(error.code)}` : '';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [`${error.name}${code}`, ...frames.slice(0, 8).map((line) => line.trim())].join(' ');
}
