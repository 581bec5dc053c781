/**
 * What proofs must hold after a crash: those given before it still verify and show what was written; the next frame shows
 * what recovery found; no number of a frame is used twice and none is lower than one that was seen.
 */
import { adminStatus } from '../lib/admin.ts';
import { makeContent } from '../lib/content.ts';
import { askProof, type CheckedProof, checkProof, type FrameLedger, readTrustRoot } from '../lib/proofs.ts';
import type { SeededRandom } from '../lib/random.ts';
import { S3Caller } from '../lib/s3-caller.ts';
import type { Target } from '../lib/target.ts';
import type { Expectation, KeyState, ProofRecord } from './journal.ts';
import * as limits from './limits.ts';

export class ProofChecks {
  readonly #ledger: FrameLedger;
  readonly #random: SeededRandom;
  #trustRoot: string | undefined;
  /** Of the journal's proofs, how many were checked after an earlier loop. */
  #known = 0;
  verified = 0;

  constructor(ledger: FrameLedger, random: SeededRandom) {
    this.#ledger = ledger;
    this.#random = random;
  }

  get frames(): number {
    return this.#ledger.count;
  }

  /** @param expected read before the start: what the load saw. @returns faults */
  async check(target: Target, expected: Expectation): Promise<string[]> {
    const faults: string[] = [];
    const trustRoot = await readTrustRoot(target);
    this.#trustRoot ??= trustRoot;
    if (trustRoot !== this.#trustRoot) faults.push(`proofs: the trust root is another: ${trustRoot}`);
    for (const proof of expected.proofs.slice(this.#known)) await this.#checkEarlier(proof, faults);
    this.#known = expected.proofs.length;
    const before = this.#ledger.last;
    await nextFrame(target, before, faults);
    await this.#checkNow(target, expected, before, faults);
    this.#ledger.seeKept(target);
    return [...faults, ...this.#ledger.faults.splice(0).map((text) => `proofs: ${text}`)];
  }

  async #checkEarlier({ key, state, frame, document }: ProofRecord, faults: string[]): Promise<void> {
    const proof = await this.#verify(document, `proof of ${key} from before the kill`, faults);
    if (proof === undefined) return;
    if (proof.frame.number < frame)
      faults.push(`proofs: ${key} was acknowledged for frame ${frame} and proven at ${proof.frame.number}`);
    await compare(proof, key, state, faults);
  }

  async #checkNow(target: Target, expected: Expectation, before: number, faults: string[]): Promise<void> {
    const caller = new S3Caller(target);
    const keys = this.#random.shuffle([...expected.keys.keys()]).slice(0, limits.keysProvenAfterRestart);
    for (const key of keys) {
      const { status, text } = await askProof(target, `s3://${limits.bucket}/${key}`, {
        discloseAddressKey: true,
      });
      if (status !== 200) {
        faults.push(`proofs: ${key} was not proven: ${status} ${text}`);
        continue;
      }
      const proof = await this.#verify(text, `proof of ${key}`, faults);
      if (proof === undefined) continue;
      if (proof.frame.number <= before)
        faults.push(`proofs: frame ${proof.frame.number} after ${before} was seen before the kill`);
      const got = await caller.send({ method: 'GET', path: `/${limits.bucket}/${key}` });
      const isThere = got.status === 200;
      const state = isThere ? seedOf(got.body) : null;
      await compare(proof, key, state, faults);
      if (isThere && `"${proof.facts.etag}"` !== got.headers.get('etag'))
        faults.push(`proofs: ${key} is proven with the etag ${proof.facts.etag}`);
    }
    caller.close();
  }

  async #verify(document: string, what: string, faults: string[]): Promise<CheckedProof | undefined> {
    try {
      const proof = await checkProof(document, this.#trustRoot as string);
      this.#ledger.see(proof.frame.number, proof.frame.hash, what);
      this.verified += 1;
      return proof;
    } catch (error) {
      faults.push(`proofs: ${what} is refused: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }
}

/** Waits for a frame beyond all that were seen. */
async function nextFrame(target: Target, before: number, faults: string[]): Promise<void> {
  const deadline = performance.now() + limits.frameWaitMs;
  for (;;) {
    const { state, reason, frame = 0 } = (await adminStatus(target)).proofs;
    if (state === 'running' && frame > before) return;
    if (state === 'failed' || performance.now() > deadline) {
      faults.push(
        `proofs: no frame after ${before}: the prover is ${state} ${reason ?? ''} at frame ${frame}`,
      );
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function seedOf(body: Buffer): KeyState {
  return { seed: Number(body.readBigUInt64BE(0)), size: body.length };
}

async function compare(proof: CheckedProof, key: string, state: KeyState, faults: string[]): Promise<void> {
  const quoted = JSON.stringify(key);
  if (state === null) {
    if (!proof.statement.startsWith(`there is no object ${quoted} `))
      faults.push(`proofs: ${key} is gone, and proven: ${proof.statement}`);
    return;
  }
  if (!proof.statement.startsWith(`${quoted} in the bucket `)) faults.push(`proofs: ${proof.statement}`);
  const difference = await proof.difference(makeContent(state.seed, state.size));
  if (difference !== undefined) faults.push(`proofs: ${key} is proven with other content: ${difference}`);
}
