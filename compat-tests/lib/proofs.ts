/**
 * What the suites and the kill loop do with proofs: ask a gateway for one, check it in this process as `hypergate verify`
 * does, run the command line as users do, and read what frames a gateway announced.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DisclosedChunk, verifyDisclosedData } from '@hypergate/node/crypto/disclosure';
import { createVerifier, type Verifier } from '@hypergate/node/verifier';
import { describeProof } from '@hypergate/s3/verify';
import { documentText, type ProofClaim, verifyDocument } from '@hypergate/table/verify';
import { adminEndpoint } from './admin.ts';
import { repositoryRoot } from './gateway.ts';
import { cleanEnvironment, type Target } from './target.ts';

/** Of gateways whose proofs are tested: frames come quickly, and a small discriminant is found quickly. */
export const quickFrames = {
  HYPERGATE_DEV: 'on',
  HYPERGATE_PROOFS: 'on',
  HYPERGATE_FRAME_INTERVAL: '300ms',
  HYPERGATE_VDF_SHARE: '5',
  HYPERGATE_VDF_BITS: '256',
} as const;

export interface ProofAsked {
  readonly versionId?: string;
  readonly discloseAddressKey?: boolean;
  readonly delay?: boolean;
  readonly signal?: AbortSignal;
}

export interface ProofAnswer {
  readonly status: number;
  /** The document, or what the refusal says. */
  readonly text: string;
}

type Where = Pick<Target, 'dataDir'>;

/** `GET /proof` of the admin API. @param target `s3://bucket/key` */
export async function askProof(where: Where, target: string, asked: ProofAsked = {}): Promise<ProofAnswer> {
  const query = new URLSearchParams({ target });
  if (asked.versionId !== undefined) query.set('version-id', asked.versionId);
  if (asked.discloseAddressKey) query.set('disclose-address-key', 'true');
  if (asked.delay) query.set('delay', 'true');
  const response = await fetch(
    `${adminEndpoint(where)}/proof?${query}`,
    asked.signal === undefined ? {} : { signal: asked.signal },
  );
  const text = await response.text();
  return {
    status: response.status,
    text: response.ok ? text : (JSON.parse(text) as { error: string }).error,
  };
}

/** The document. @throws when it is refused */
export async function proveOk(where: Where, target: string, asked: ProofAsked = {}): Promise<string> {
  const { status, text } = await askProof(where, target, asked);
  if (status !== 200) throw new Error(`${target} was not proven: ${status} ${text}`);
  return text;
}

export async function readTrustRoot(where: Where): Promise<string> {
  const response = await fetch(`${adminEndpoint(where)}/trust-root`);
  const answer = (await response.json()) as { trustRoot?: string; error?: string };
  if (answer.trustRoot === undefined) throw new Error(`no trust root: ${answer.error}`);
  return answer.trustRoot;
}

export interface CheckedProof {
  readonly subject: string;
  readonly frame: { readonly number: number; readonly timeMs: number; readonly hash: string };
  readonly statement: string;
  readonly facts: Readonly<Record<string, string>>;
  /** Whether these bytes are the object's: undefined when they are, else the reason. */
  difference(bytes: Uint8Array): Promise<string | undefined>;
}

let shared: Promise<Verifier> | undefined;

/** @param trustRoot hex. @throws ProofRefused */
export async function checkProof(document: string | Uint8Array, trustRoot: string): Promise<CheckedProof> {
  shared ??= createVerifier();
  return checkWith(await shared, document, trustRoot);
}

function checkWith(verifier: Verifier, document: string | Uint8Array, trustRoot: string): CheckedProof {
  const text = typeof document === 'string' ? document : documentText(document);
  const verified = verifyDocument(text, Uint8Array.from(Buffer.from(trustRoot, 'hex')), verifier);
  const { statement, facts, content } = describeProof(verified);
  const { number, timeMs, hash } = verified.frame;
  return {
    subject: verified.subject,
    frame: { number, timeMs, hash: Buffer.from(hash).toString('hex') },
    statement,
    facts: Object.fromEntries(facts),
    difference: (bytes) => difference(content, bytes),
  };
}

async function difference(content: ProofClaim['content'], bytes: Uint8Array): Promise<string | undefined> {
  if (content === undefined) return 'the proof is about no content';
  const chunks = content.filter((chunk): chunk is DisclosedChunk => chunk.kind !== 'opaque');
  if (chunks.length < content.length) return 'the proof has chunks of an older format';
  const checked = await verifyDisclosedData(chunks, [bytes]);
  return checked.ok ? undefined : checked.reason;
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment; this process's own, cleaned, unless given. */
  readonly env?: Readonly<Record<string, string>>;
}

/** `hypergate ARGS` in a process of its own, to its end. */
export function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const entry = join(repositoryRoot, 'gateway', 'server', 'hypergate.mjs');
  const child = spawn(process.execPath, [entry, ...args], {
    cwd: options.cwd ?? repositoryRoot,
    env: options.env ?? cleanEnvironment({}),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let error = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (out += piece));
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (error += piece));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, error }));
  });
}

/** What the file of a frame says: two frames with one number differ in it. */
export interface KeptFrame {
  /** Hex, of the header: SHA-256 over `hypergate/header/v1` and the header (node/proving/format/v1/header.ts). */
  readonly hash: string;
  /** Hex, of the header before; the trust root in the first. */
  readonly previous: string;
}

const headerAt = 1;
const headerBytes = 195;
const previousAt = headerAt + 32 + 8 + 8;

/** By number. Files that a kill left unfinished are left out. */
export function keptFrames({ dataDir }: Where): Map<number, KeptFrame> {
  const folder = join(dataDir, 'proofs', 'frames');
  const frames = new Map<number, KeptFrame>();
  for (const name of readdirSync(folder)) {
    if (!/^\d+$/.test(name)) continue;
    const bytes = readFileSync(join(folder, name));
    if (bytes.length < headerAt + headerBytes) continue;
    const header = bytes.subarray(headerAt, headerAt + headerBytes);
    const hash = createHash('sha256').update('hypergate/header/v1').update(header).digest('hex');
    frames.set(Number(name), { hash, previous: bytes.toString('hex', previousAt, previousAt + 32) });
  }
  return frames;
}

/** Every frame that was seen, by whatever way: none may be signed twice, and each names the one before. */
export class FrameLedger {
  readonly #hashes = new Map<number, string>();
  readonly faults: string[] = [];
  last = 0;

  get count(): number {
    return this.#hashes.size;
  }

  see(number: number, hash: string, where: string): void {
    const known = this.#hashes.get(number);
    if (known !== undefined && known !== hash)
      this.faults.push(`two frames have the number ${number}: ${known}, and ${hash} in ${where}`);
    if (known === undefined) this.#hashes.set(number, hash);
    this.last = Math.max(this.last, number);
  }

  seeKept(where: Where): void {
    for (const [number, { hash, previous }] of keptFrames(where)) {
      this.see(number, hash, 'a file');
      const before = this.#hashes.get(number - 1);
      if (before !== undefined && before !== previous)
        this.faults.push(`frame ${number} names another frame before it than ${number - 1}`);
    }
  }
}
