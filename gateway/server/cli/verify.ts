/**
 * `hypergate verify proof.json --trust-root HASH`: checks a proof document on any machine: without a gateway, a data
 * directory or settings. What holds is printed and ends with 0; a document or file that does not, with 1 and the reason.
 */
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { ProofRefused, type Verifier } from '@hypergate/node/verifier';
import {
  type CheckedDocument,
  checkDocument,
  compareFile,
  createVerifier,
  documentBytesMax,
  type FileVerdict,
  parseTrustRoot,
} from '@hypergate/verifier';
import { callerFolder } from '../boot/caller-folder.ts';
import { ConfigError, StartError, translateSystemError } from '../errors.ts';
import { printable } from './printable.ts';
import { refusalJson, reportJson, reportText } from './verify-report.ts';

export interface VerifyOptions {
  /** 64 hex digits. */
  readonly trustRoot: string;
  /** File to compare with the object. */
  readonly content: string | undefined;
  readonly json: boolean;
}

export interface VerifyModules {
  readonly verifier: () => Promise<Verifier>;
  /** Bytes of a file, of the standard input for `-`. */
  readonly open: (path: string) => AsyncIterable<Uint8Array>;
  readonly print: (text: string) => void;
}

const systemModules: VerifyModules = {
  verifier: createVerifier,
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
  const trustRoot = trustRootOf(options.trustRoot);
  if (path === '-' && content === '-')
    throw new ConfigError('the proof and the file cannot both come from the standard input');
  const checked = await acceptedDocument(path, trustRoot, json, modules);
  const file = content === undefined ? undefined : await compared(content, checked.content, modules);
  modules.print(json ? reportJson(checked, file) : reportText(checked, file));
  if (file?.same === false) throw new StartError(`${content} ${file.reason}`);
}

async function acceptedDocument(
  path: string,
  trustRoot: Uint8Array,
  json: boolean,
  modules: VerifyModules,
): Promise<CheckedDocument> {
  try {
    const document = await readDocument(path, modules);
    return checkDocument(document, trustRoot, { verifier: await modules.verifier() });
  } catch (error) {
    if (!(error instanceof ProofRefused)) throw error;
    const reason = printable(error.message);
    if (json) modules.print(refusalJson(reason));
    throw new StartError(`proof refused: ${reason}`, 1, { cause: error });
  }
}

/** @throws ConfigError */
function trustRootOf(text: string): Uint8Array {
  try {
    return parseTrustRoot(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError(error.message);
  }
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
async function compared(
  path: string,
  content: CheckedDocument['content'],
  { open }: VerifyModules,
): Promise<FileVerdict> {
  try {
    return await compareFile(content, open(path));
  } catch (error) {
    throw translateSystemError(error, `${path} cannot be read`);
  }
}
