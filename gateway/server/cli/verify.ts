/**
 * `hypergate verify proof.json --trust-root HASH`: checks a proof document on any machine: without a gateway, a data
 * directory or settings. What holds is printed and ends with 0; a document or file that does not, with 1 and the reason.
 */
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { type DisclosedChunk, verifyDisclosedData } from '@hypergate/node/crypto/disclosure';
import { ProofRefused, type Verifier } from '@hypergate/node/verifier';
import { documentBytesMax, documentText, type ProofClaim, verifyDocument } from '@hypergate/table/verify';
import { callerFolder } from '../boot/caller-folder.ts';
import { ConfigError, StartError, translateSystemError } from '../errors.ts';
import { loadVerifier } from './load-verifier.ts';
import { printable } from './printable.ts';
import { findProofReader, type ProofReader } from './proof-readers.ts';
import {
  type FileVerdict,
  refusalJson,
  reportJson,
  reportText,
  type VerifiedClaim,
} from './verify-report.ts';

export interface VerifyOptions {
  /** 64 hex digits. */
  readonly trustRoot: string;
  /** File to compare with the object. */
  readonly content: string | undefined;
  readonly json: boolean;
}

export interface VerifyModules {
  readonly verifier: () => Promise<Verifier>;
  readonly reader: (subject: string) => Promise<ProofReader>;
  /** Bytes of a file, of the standard input for `-`. */
  readonly open: (path: string) => AsyncIterable<Uint8Array>;
  readonly print: (text: string) => void;
}

const systemModules: VerifyModules = {
  verifier: loadVerifier,
  reader: (subject) => findProofReader(subject),
  open: (path) =>
    path === '-'
      ? process.stdin
      : createReadStream(resolve(callerFolder(process.env, process.cwd()), path), { highWaterMark: 1 << 20 }),
  print: (text) => void process.stdout.write(text),
};

/** @throws ConfigError for a wrong call; StartError with the reason when something does not hold or cannot be read */
export async function runVerify(
  path: string,
  options: VerifyOptions,
  modules: VerifyModules = systemModules,
): Promise<void> {
  const { content, json } = options;
  const trustRoot = parseTrustRoot(options.trustRoot);
  if (path === '-' && content === '-')
    throw new ConfigError('the proof and the file cannot both come from the standard input');
  const verified = await acceptedClaim(path, trustRoot, json, modules);
  const file =
    content === undefined ? undefined : await compareFile(content, verified.claim.content, modules);
  const report: VerifiedClaim = { ...verified, file };
  modules.print(json ? reportJson(report) : reportText(report));
  if (file?.same === false) throw new StartError(`${content} ${file.reason}`);
}

async function acceptedClaim(
  path: string,
  trustRoot: Uint8Array,
  json: boolean,
  modules: VerifyModules,
): Promise<Omit<VerifiedClaim, 'file'>> {
  try {
    return await checkDocument(await readDocument(path, modules), trustRoot, modules);
  } catch (error) {
    if (!(error instanceof ProofRefused)) throw error;
    const reason = printable(error.message);
    if (json) modules.print(refusalJson(reason));
    throw new StartError(`proof refused: ${reason}`, 1, { cause: error });
  }
}

/** @throws ConfigError */
export function parseTrustRoot(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new ConfigError('the trust root has 64 hex digits');
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

async function checkDocument(
  bytes: Uint8Array,
  trustRoot: Uint8Array,
  modules: VerifyModules,
): Promise<Omit<VerifiedClaim, 'file'>> {
  const document = verifyDocument(documentText(bytes), trustRoot, await modules.verifier());
  const describeProof = await modules.reader(document.subject);
  return { subject: document.subject, frame: document.frame, claim: describeProof(document) };
}

/** Refused before anything of it is parsed when it is too large. */
async function readDocument(path: string, { open }: VerifyModules): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of open(path)) {
      length += piece.length;
      if (length > documentBytesMax) throw new ProofRefused('the document is too large');
      pieces.push(piece);
    }
  } catch (error) {
    throw translateSystemError(error, `${path} cannot be read`);
  }
  return Buffer.concat(pieces);
}

/** @throws StartError when the file cannot be read */
async function compareFile(
  path: string,
  content: ProofClaim['content'],
  { open }: VerifyModules,
): Promise<FileVerdict> {
  if (content === undefined)
    return { same: false, reason: 'cannot be compared: the proof is about no content' };
  const chunks = content.filter((chunk): chunk is DisclosedChunk => chunk.kind !== 'opaque');
  if (chunks.length < content.length) {
    const reason =
      'cannot be compared: the object has chunks of an older format, whose keys are not disclosed';
    return { same: false, reason };
  }
  try {
    const checked = await verifyDisclosedData(chunks, open(path));
    if (checked.ok) return { same: true, bytes: checked.value };
    return { same: false, reason: `is not the object: ${checked.reason}` };
  } catch (error) {
    throw translateSystemError(error, `${path} cannot be read`);
  }
}
